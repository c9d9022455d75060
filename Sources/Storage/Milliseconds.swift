import Foundation

/// How times of day and durations of leases are stored.
enum Milliseconds {
    static var now: Int64 { of(Date()) }

    static func of(_ date: Date) -> Int64 { Int64((date.timeIntervalSince1970 * 1000).rounded()) }

    static func date(_ milliseconds: Int64) -> Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }

    static func of(_ duration: Duration) -> Int64 { Int64(clamping: duration / .milliseconds(1)) }
}

extension Int64 {
    fileprivate init(clamping value: Double) {
        self = value >= 0x1p62 ? 1 << 62 : value <= -0x1p62 ? -(1 << 62) : Int64(value)
    }
}

/// How measured times are stored.
enum Nanoseconds {
    static func of(_ duration: Duration) -> Int64 { Int64(clamping: duration / .nanoseconds(1)) }
}
