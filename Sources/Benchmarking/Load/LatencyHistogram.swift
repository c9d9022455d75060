import Glibc

/// Counts of latencies, in buckets whose bounds grow by a twentieth: every figure is right to 5 %, from 10 µs to an hour.
package struct LatencyHistogram: Sendable {
    private static let least = 0.01
    private static let growth = 1.05
    private static let buckets = 400

    private var counts = [Int](repeating: 0, count: buckets)
    package private(set) var count = 0
    package private(set) var maximum = 0.0
    private var total = 0.0

    package init() {}

    /// Milliseconds.
    package mutating func record(_ latency: Double) {
        counts[Self.bucket(of: latency)] += 1
        count += 1
        total += latency
        maximum = max(maximum, latency)
    }

    package mutating func merge(_ other: LatencyHistogram) {
        for index in counts.indices { counts[index] += other.counts[index] }
        count += other.count
        total += other.total
        maximum = max(maximum, other.maximum)
    }

    package var mean: Double { count > 0 ? total / Double(count) : 0 }

    /// The bound of the bucket that the fraction lies in; never more than the largest recorded.
    package func quantile(_ fraction: Double) -> Double {
        let wanted = Int((Double(count) * fraction).rounded(.up))
        var seen = 0
        for (index, number) in counts.enumerated() {
            seen += number
            if seen >= max(1, wanted) { return min(Self.bound(of: index), maximum) }
        }
        return maximum
    }

    /// Buckets that are not empty: their upper bound in milliseconds, and the count.
    package var filled: [(upTo: Double, count: Int)] {
        counts.enumerated().filter { $0.element > 0 }.map { (Self.bound(of: $0.offset), $0.element) }
    }

    private static func bucket(of latency: Double) -> Int {
        guard latency > least else { return 0 }
        return min(buckets - 1, Int((log(latency / least) / log(growth)).rounded(.up)))
    }

    private static func bound(of bucket: Int) -> Double { least * pow(growth, Double(bucket)) }
}
