import Core
import Foundation

/// Who submits what and when: an exam hour. Everything follows from the seed.
struct Load: Sendable {
    /// One submission in the hour from every student.
    let students: Int
    /// Students of a course.
    let courseSize: Int
    let seed: UInt64

    static let window = 3600.0
    /// The last minutes before the deadline, and the share of the students who submit in them.
    static let rush = (length: 300.0, share: 0.3)
    /// Seconds that grading takes: most are scripts, some are compiled, few are heavy; around these, log-normally.
    static let kinds: [(share: Double, seconds: Double)] = [(0.6, 0.3), (0.3, 1.0), (0.1, 3.0)]
    static let spread = 0.4

    /// What a submission costs on average, in seconds of one slot.
    static var meanSeconds: Double {
        kinds.reduce(0) { $0 + $1.share * $1.seconds } * exp(spread * spread / 2)
    }

    struct Arrival: Sendable {
        let time: Double
        let student: Int
        let seconds: Double
    }

    /// In the order of time.
    func arrivals() -> [Arrival] {
        var random = SeededNumbers(seed: seed)
        return (0..<students).map { student in
            let isLate = Double.random(in: 0..<1, using: &random) < Self.rush.share
            let time =
                isLate
                ? Self.window - Double.random(in: 0..<Self.rush.length, using: &random)
                : Double.random(in: 0..<(Self.window - Self.rush.length), using: &random)
            return Arrival(time: time, student: student, seconds: Self.seconds(&random))
        }.sorted { $0.time < $1.time }
    }

    private static func seconds(_ random: inout SeededNumbers) -> Double {
        var choice = Double.random(in: 0..<1, using: &random)
        let kind = kinds.first { kind in
            choice -= kind.share
            return choice < 0
        }
        // Box and Muller's normal numbers.
        let radius = sqrt(-2 * log(Double.random(in: Double.leastNonzeroMagnitude..<1, using: &random)))
        let normal = radius * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
        return (kind ?? kinds[0]).seconds * exp(spread * normal)
    }
}

/// Numbers that are the same for the same seed (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
