import Glibc

/// When requests are to arrive, decided before the first is sent: no answer that is late makes the next one later.
package struct ArrivalSchedule: Sendable {
    package enum Shape: String, Sendable, CaseIterable, Codable {
        /// Evenly spaced.
        case constant
        /// At random, as many students are who know nothing of each other.
        case poisson
        /// At random, rising to a multiple towards a deadline, and little after it.
        case exam
    }

    /// Seconds from the start, ascending.
    package let arrivals: [Double]

    /// An exam's deadline, as a part of the whole time, and the rates before, at and after it, as multiples of the mean.
    private static let deadline = 0.85
    private static let examStart = 0.4
    private static let examPeak = 4.0
    private static let examEnd = 0.3

    /// `rate` is the mean, in requests per second.
    package init(_ shape: Shape, rate: Double, seconds: Double, seed: UInt64) {
        var random = SeededRandom(seed)
        switch shape {
        case .constant: arrivals = (0..<Int(rate * seconds)).map { Double($0) / rate }
        case .poisson: arrivals = Self.random(peak: rate, seconds, &random) { _ in rate }
        case .exam:
            let mean = Self.mean
            arrivals = Self.random(peak: rate * Self.examPeak / mean, seconds, &random) { time in
                rate * Self.examRate(time / seconds) / mean
            }
        }
    }

    /// A Poisson process with a rate that changes, by thinning one with the highest.
    private static func random(
        peak: Double, _ seconds: Double, _ random: inout SeededRandom, _ rate: (Double) -> Double
    ) -> [Double] {
        var arrivals: [Double] = []
        var time = 0.0
        while true {
            time -= log(Double.random(in: Double.leastNonzeroMagnitude..<1, using: &random)) / peak
            guard time < seconds else { return arrivals }
            if Double.random(in: 0..<peak, using: &random) < rate(time) { arrivals.append(time) }
        }
    }

    /// Grows with the third power, as hand-ins do.
    private static func examRate(_ part: Double) -> Double {
        guard part < deadline else { return examEnd }
        return examStart + (examPeak - examStart) * pow(part / deadline, 3)
    }

    private static let mean: Double = (0..<1000).map { examRate(Double($0) / 1000) }.sum / 1000
}
