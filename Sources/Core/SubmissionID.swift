package import struct Foundation.Date

/// The name of a submission: 26 letters and digits (Crockford's base 32, lower case), the first ten of which are the
/// time in milliseconds, so that ids sort by age; the other 80 bits are random, so that ids cannot be guessed.
package struct SubmissionID: Sendable, Hashable, Codable, Comparable, CustomStringConvertible {
    package let string: String

    package static let length = 26
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// A new id for the time `date`.
    package init(at date: Date = Date()) {
        var generator = SystemRandomNumberGenerator()
        let milliseconds = UInt64(max(0, date.timeIntervalSince1970 * 1000))
        var value = UInt128(milliseconds & 0xffff_ffff_ffff) << 80
        value |= UInt128(UInt16.random(in: .min ... .max, using: &generator)) << 64
        value |= UInt128(UInt64.random(in: .min ... .max, using: &generator))
        var bytes = [UInt8](repeating: 0, count: Self.length)
        for position in (0..<Self.length).reversed() {
            bytes[position] = Self.alphabet[Int(value & 31)]
            value >>= 5
        }
        string = String(decoding: bytes, as: UTF8.self)
    }

    /// Reads an id; `nil` if `string` is none.
    package init?(_ string: some StringProtocol) {
        guard string.utf8.count == Self.length, string.utf8.allSatisfy({ Self.alphabet.contains($0) }) else {
            return nil
        }
        self.string = String(string)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = SubmissionID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a submission id")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(string)
    }

    package static func < (left: SubmissionID, right: SubmissionID) -> Bool { left.string < right.string }

    package var description: String { string }
}
