import Glibc

/// Maps values to places, a factor of ten to the same distance everywhere.
struct LogarithmicScale {
    let ticks: [Double]
    private let from: Double
    private let to: Double

    /// Covers `values`, from a power of ten to a power of ten.
    init(_ values: [Double], from: Double, to: Double) {
        let positive = values.filter { $0 > 0 }
        let low = Int(log10(positive.min() ?? 1).rounded(.down))
        let high = max(low + 1, Int(log10(positive.max() ?? 1).rounded(.up)))
        ticks = (low...high).map { pow(10, Double($0)) }
        self.from = from
        self.to = to
    }

    func place(_ value: Double) -> Double {
        let (low, high) = (log10(ticks[0]), log10(ticks[ticks.count - 1]))
        let share = (log10(max(value, ticks[0])) - low) / (high - low)
        return from + (to - from) * min(1, max(0, share))
    }
}
