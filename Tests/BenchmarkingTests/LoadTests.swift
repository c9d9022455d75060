import Core
import Testing

@testable import Benchmarking

@Suite struct LoadTests {
    @Test func constantArrivalsAreEvenlySpaced() {
        let arrivals = ArrivalSchedule(.constant, rate: 10, seconds: 2, seed: 1).arrivals
        #expect(arrivals.count == 20)
        #expect(arrivals[1] == 0.1)
    }

    @Test(arguments: [ArrivalSchedule.Shape.poisson, .exam])
    func randomArrivalsHaveTheirMeanRate(_ shape: ArrivalSchedule.Shape) {
        let schedule = ArrivalSchedule(shape, rate: 100, seconds: 100, seed: 3)
        #expect((9_500...10_500).contains(schedule.arrivals.count), "\(schedule.arrivals.count)")
        #expect(schedule.arrivals == schedule.arrivals.sorted())
        #expect(schedule.arrivals == ArrivalSchedule(shape, rate: 100, seconds: 100, seed: 3).arrivals)
    }

    @Test func examsRiseTowardsTheirDeadline() {
        let arrivals = ArrivalSchedule(.exam, rate: 100, seconds: 100, seed: 3).arrivals
        func count(_ range: Range<Double>) -> Int { arrivals.count { range.contains($0) } }
        #expect(count(75..<85) > 4 * count(0..<10))
        #expect(count(75..<85) > 4 * count(90..<100))
    }

    @Test func quantilesAreRightToFivePercent() {
        var histogram = LatencyHistogram()
        for value in 1...1000 { histogram.record(Double(value)) }
        for (fraction, value) in [(0.5, 500.0), (0.9, 900), (0.99, 990), (1, 1000)] {
            let found = histogram.quantile(fraction)
            #expect(found >= value * 0.999 && found <= value * 1.05, "\(fraction): \(found)")
        }
        #expect(histogram.filled.reduce(0) { $0 + $1.count } == 1000)
        #expect(abs(histogram.mean - 500.5) < 1e-6)
    }

    @Test func mergingIsRecordingBoth() {
        var one = LatencyHistogram(), two = LatencyHistogram(), both = LatencyHistogram()
        for value in [1.0, 5, 20] { one.record(value); both.record(value) }
        for value in [2.0, 900] { two.record(value); both.record(value) }
        one.merge(two)
        #expect(one.count == 5)
        #expect(one.maximum == 900)
        #expect(one.quantile(0.5) == both.quantile(0.5))
    }

    @Test func mixes() throws {
        let tasks = try LoadTask.mix("c=1,python3=3")
        #expect(tasks.map(\.name) == ["c", "python3"])
        #expect(tasks.map(\.weight) == [1, 3])
        #expect(throws: BenchmarkError.self) { try LoadTask.mix("cobol=1") }
        #expect(throws: BenchmarkError.self) { try LoadTask.mix("c=0") }
        #expect(throws: BenchmarkError.self) { try LoadTask.mix("missing.json") }
    }

    /// A server that answers one after the other, each after 50 ms. With 40 requests a second it falls behind, and every
    /// request waits for those before it, which only shows when latency counts from the arrival.
    @Test(arguments: [(190.0, 1000.0, true), (230, 1000, false), (190, 180, false)])
    func aRateIsKeptUpWithIfItsQueueDoesNotGrow(late: Double, limit: Double, isKept: Bool) throws {
        var plan = LoadPlan(host: "127.0.0.1", port: 1, token: nil, tasks: try LoadTask.mix("c=1"), rate: 1, seconds: 1)
        var result = LoadResult()
        for (time, isLate) in [(50.0, false), (late, true)] {
            for _ in 0..<100 {
                result.latency.record(time)
                if isLate { result.lateLatency.record(time) } else { result.earlyLatency.record(time) }
            }
        }
        (result.sent, result.accepted) = (200, 200)
        #expect(SustainableRate(plan, limit: limit).isSustained(result) == isKept)
        // Towards a deadline more arrive, and wait longer.
        plan.shape = .exam
        #expect(SustainableRate(plan, limit: 1000).isSustained(result))
        result.accepted = 199
        #expect(!SustainableRate(plan, limit: 1000).isSustained(result))
    }

    @Test func latencyCountsFromTheArrival() async throws {
        let server = try SlowServer(pause: .milliseconds(50))
        var plan = LoadPlan(
            host: "127.0.0.1", port: server.port, token: nil, tasks: try LoadTask.mix("c"), rate: 40, seconds: 1)
        plan.shape = .constant
        plan.connections = 1
        let result = await LoadRun(plan).run()
        server.stop()
        #expect(result.sent == 40)
        #expect(result.accepted == 40)
        // The last arrived after 1 s and was answered after 2 s or more.
        #expect(result.latency.maximum > 800)
        #expect(result.latency.quantile(0.5) > 200)
    }
}
