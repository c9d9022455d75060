import Core
import Foundation
import Testing

@testable import Storage

@Suite struct CBORTests {
    private struct Everything: Codable, Equatable {
        var integers: [Int] = [0, 23, 24, 255, 256, 65535, 65536, 1 << 32, .max, -1, -24, -25, .min]
        var unsigned: [UInt64] = [0, .max]
        var small: [Int8] = [.min, .max]
        var doubles: [Double] = [0, -0.0, 1.5, .infinity, -.infinity, .leastNonzeroMagnitude, .pi]
        var texts = ["", "ä", "\0", String(repeating: "x", count: 300)]
        var bytes: [UInt8] = Array(0...255)
        var list: [[UInt8]] = [[], [1]]
        var none: Int?
        var some: [UInt8]? = [1]
        var holes: [String?] = ["a", nil]
        var yes = true
        var no = false
        var map = ["a": [1: "b"], "": [:]]
        var ending = Ending.signalled(-9)
        var plain = Ending.overMemory
        var durations: [Duration] = [
            .zero, .nanoseconds(-1), .nanoseconds(Int64.max), .seconds(0.1), .seconds(Int64.max), .seconds(Int64.min),
            Duration(secondsComponent: -3, attosecondsComponent: -7),
        ]
    }

    @Test func everythingComesBack() throws {
        let bytes = try CBOREncoder.encode(Everything())
        #expect(try CBORDecoder.decode(Everything.self, from: bytes) == Everything())
    }

    @Test func whatIsWrittenIsCBOR() throws {
        #expect(try CBOREncoder.encode([UInt8(1), 2]) == [0x42, 1, 2])
        #expect(try CBOREncoder.encode("ä") == [0x62, 0xc3, 0xa4])
        #expect(try CBOREncoder.encode(-500) == [0x39, 0x01, 0xf3])
        #expect(try CBOREncoder.encode(["a": true]) == [0xbf, 0x61, 0x61, 0xf5, 0xff])
        #expect(try CBOREncoder.encode([1.5]) == [0x9f, 0xfb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0xff])
        #expect(try CBOREncoder.encode(Duration.milliseconds(1)) == [0x1a, 0x00, 0x0f, 0x42, 0x40])
    }

    @Test func listsAndMapsWithALengthAreRead() throws {
        #expect(try CBORDecoder.decode([Int].self, from: [0x82, 1, 0x18, 200]) == [1, 200])
        #expect(try CBORDecoder.decode([String: Int].self, from: [0xa1, 0x61, 0x61, 5]) == ["a": 5])
    }

    @Test func bytesAreNotBlownUp() throws {
        let draft = Submission.sample(bytes: 1 << 20).draft
        #expect(try CBOREncoder.encode(draft).count < 1 << 20 + 200)
    }

    @Test(
        arguments: [
            [], [0xff], [0x9f], [0x9f, 1], [0x18], [0x1b, 0, 0, 0], [0x82, 1],
            [0x5b, 255, 255, 255, 255, 255, 255, 255, 255],
            [0xbf, 0x61], [0xbf, 0x61, 0x61], [0xbf, 0x61, 0x61, 0xff],
            [0x9b, 255, 255, 255, 255, 255, 255, 255, 255, 0],
            [0xbb, 255, 255, 255, 255, 255, 255, 255, 255, 0], [0xc0, 0], [0x1c], [0x5f], [0x9f, 1, 0xff, 0],
        ] as [[UInt8]])
    func damagedBytesThrow(_ bytes: [UInt8]) {
        #expect(throws: (any Error).self) { try CBORDecoder.decode([Int].self, from: bytes) }
        #expect(throws: (any Error).self) { try CBORDecoder.decode([String: Int].self, from: bytes) }
        #expect(throws: (any Error).self) { try CBORDecoder.decode(SubmissionDraft.self, from: bytes) }
    }

    @Test func deepNestingThrows() {
        let bytes = Array(repeating: UInt8(0x81), count: 100_000) + [0]
        #expect(throws: (any Error).self) { try CBORDecoder.decode([Int].self, from: bytes) }
    }

    /// Cut anywhere and with any byte changed, a report is read or refused, and never traps.
    @Test func everyDamageIsSurvived() throws {
        let sound = try CBOREncoder.encode(Report.sample())
        for end in sound.indices {
            #expect(throws: (any Error).self) { try CBORDecoder.decode(Report.self, from: Array(sound[..<end])) }
        }
        for index in sound.indices {
            for change: UInt8 in [0x01, 0x20, 0x80, 0xff] {
                var damaged = sound
                damaged[index] ^= change
                _ = try? CBORDecoder.decode(Report.self, from: damaged)
            }
        }
    }
}
