/// Order statistics of samples, in the samples' own unit.
package struct Summary: Sendable, Hashable, Codable {
    package var count: Int
    package var minimum: Double
    package var p10: Double
    package var lower: Double
    package var median: Double
    package var upper: Double
    package var p90: Double
    package var maximum: Double
    /// Bounds of the 95 % confidence interval of the median.
    package var medianLow: Double
    package var medianHigh: Double

    /// `nil` without samples. The same samples give the same interval.
    package init?(_ samples: [Double]) {
        guard !samples.isEmpty else { return nil }
        let sorted = samples.sorted()
        count = sorted.count
        minimum = sorted[0]
        p10 = sorted.quantile(0.1)
        lower = sorted.quantile(0.25)
        median = sorted.quantile(0.5)
        upper = sorted.quantile(0.75)
        p90 = sorted.quantile(0.9)
        maximum = sorted[sorted.count - 1]
        (medianLow, medianHigh) = Bootstrap.interval(ofMedian: sorted)
    }
}

extension [Double] {
    /// The value below which `fraction` of sorted samples lie, by linear interpolation between the closest ranks.
    package func quantile(_ fraction: Double) -> Double {
        guard count > 1 else { return first ?? 0 }
        let place = Double(count - 1) * fraction
        let low = Int(place.rounded(.down))
        let high = Swift.min(low + 1, count - 1)
        return self[low] + (self[high] - self[low]) * (place - Double(low))
    }

    package var median: Double { sorted().quantile(0.5) }

    package var sum: Double { reduce(0, +) }
}
