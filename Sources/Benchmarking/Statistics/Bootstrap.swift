/// Confidence by resampling: what the figure would have been had other runs of the same kind been made. Seeded, so that
/// the same samples give the same interval.
package enum Bootstrap {
    /// Samples that are drawn again.
    package static let resamples = 1000
    /// Part of the resampled figures inside the interval.
    package static let confidence = 0.95
    private static let seed: UInt64 = 9

    /// The interval of the median.
    package static func interval(ofMedian samples: [Double]) -> (low: Double, high: Double) {
        var random = SeededRandom(seed)
        return interval { resampledMedian(samples, &random) }
    }

    /// The interval of the ratio of two medians, `second ÷ first`.
    package static func interval(ofRatio first: [Double], _ second: [Double]) -> (low: Double, high: Double) {
        var random = SeededRandom(seed)
        return interval {
            let divisor = resampledMedian(first, &random)
            return divisor > 0 ? resampledMedian(second, &random) / divisor : .infinity
        }
    }

    private static func interval(_ figure: () -> Double) -> (low: Double, high: Double) {
        let figures = (0..<resamples).map { _ in figure() }.sorted()
        let outside = (1 - confidence) / 2
        return (figures.quantile(outside), figures.quantile(1 - outside))
    }

    private static func resampledMedian(_ samples: [Double], _ random: inout SeededRandom) -> Double {
        samples.map { _ in samples[Int.random(in: 0..<samples.count, using: &random)] }.median
    }
}

/// SplitMix64: every seed gives one sequence, on every machine.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(_ seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
