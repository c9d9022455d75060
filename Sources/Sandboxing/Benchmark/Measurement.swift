/// Durations of one thing done many times.
package struct Measurement: Sendable {
    package let name: String
    /// In the order in which they were taken.
    package let durations: [Duration]
    private let sorted: [Duration]

    init(_ name: String, _ durations: [Duration]) {
        self.name = name
        self.durations = durations
        sorted = durations.sorted()
    }

    package var count: Int { sorted.count }
    package var median: Duration { quantile(0.5) }

    /// The value below which `fraction` of them lie.
    package func quantile(_ fraction: Double) -> Duration {
        guard !sorted.isEmpty else { return .zero }
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * fraction))]
    }
}

extension Duration {
    /// Microseconds, with fractions.
    package var microseconds: Double {
        Double(components.seconds) * 1e6 + Double(components.attoseconds) / 1e12
    }
}
