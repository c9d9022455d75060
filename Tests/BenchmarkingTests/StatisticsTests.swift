import Testing

@testable import Benchmarking

@Suite struct StatisticsTests {
    @Test func orderStatistics() throws {
        let summary = try #require(Summary([5, 1, 4, 2, 3]))
        #expect(summary.count == 5)
        #expect(summary.minimum == 1)
        #expect(summary.lower == 2)
        #expect(summary.median == 3)
        #expect(summary.upper == 4)
        #expect(summary.maximum == 5)
        #expect(abs(summary.p10 - 1.4) < 1e-9)
        #expect(abs(summary.p90 - 4.6) < 1e-9)
        #expect(Summary([]) == nil)
    }

    @Test func oneSampleIsItsOwnInterval() throws {
        let summary = try #require(Summary([7]))
        #expect(summary.medianLow == 7 && summary.medianHigh == 7)
    }

    @Test func theSameSamplesGiveTheSameInterval() throws {
        let samples = (0..<50).map { Double($0 * 37 % 50) }
        #expect(Summary(samples) == Summary(samples))
        let summary = try #require(Summary(samples))
        #expect(summary.medianLow < summary.median && summary.median < summary.medianHigh)
    }

    @Test func intervalsHoldTheTruthAsOftenAsTheySay() {
        var random = SeededRandom(1)
        // The median of values spread evenly from 0 to 1 is one half.
        let hits = (0..<200).count { _ in
            let samples = (0..<20).map { _ in Double.random(in: 0..<1, using: &random) }
            let interval = Bootstrap.interval(ofMedian: samples)
            return interval.low <= 0.5 && 0.5 <= interval.high
        }
        #expect(hits >= 176, "\(hits) of 200")
    }

    @Test func ratioOfTwiceAsMuch() {
        let first = (0..<40).map { 10 + Double($0 % 5) }
        let interval = Bootstrap.interval(ofRatio: first, first.map { $0 * 2 })
        #expect(interval.low > 1.5 && interval.high < 2.5)
        #expect(interval.low <= 2 && 2 <= interval.high)
    }
}
