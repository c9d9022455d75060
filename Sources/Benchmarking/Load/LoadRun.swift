import Core
import Foundation
import Glibc
import Synchronization

/// What is sent where, and how often.
package struct LoadPlan: Sendable {
    package var host: String
    package var port: UInt16
    package var token: String?
    package var tasks: [LoadTask]
    package var shape = ArrivalSchedule.Shape.poisson
    /// Requests per second, in the mean.
    package var rate: Double
    package var seconds: Double
    package var seed: UInt64 = 1
    /// Requests under way at the same time, at most. Who finds none free is late, and that counts.
    package var connections = 256

    package init(host: String, port: UInt16, token: String?, tasks: [LoadTask], rate: Double, seconds: Double) {
        self.host = host
        self.port = port
        self.token = token
        self.tasks = tasks
        self.rate = rate
        self.seconds = seconds
    }
}

/// What came of it. Latencies count from when a request was to arrive, not from when it could be sent: a service that
/// makes its clients wait does not look faster for it.
package struct LoadResult: Sendable {
    package var sent = 0
    /// Graded, with the verdict accepted.
    package var accepted = 0
    /// Turned away: too many requests, or unavailable.
    package var refused = 0
    /// Anything else: another verdict, another status, no answer.
    package var failed = 0
    package var latency = LatencyHistogram()
    /// Of the first quarter of the requests, and of the last.
    package var earlyLatency = LatencyHistogram()
    package var lateLatency = LatencyHistogram()
    /// From the first arrival to the last answer.
    package var seconds = 0.0

    mutating func merge(_ other: LoadResult) {
        sent += other.sent
        accepted += other.accepted
        refused += other.refused
        failed += other.failed
        latency.merge(other.latency)
        earlyLatency.merge(other.earlyLatency)
        lateLatency.merge(other.lateLatency)
    }
}

/// Sends what a plan says. Every connection has a thread, because its calls block.
package struct LoadRun: Sendable {
    private let plan: LoadPlan
    private let arrivals: [Double]
    private let order: [Int]

    private static let path = "/v1/submissions?wait=60s"

    package init(_ plan: LoadPlan) {
        self.plan = plan
        arrivals = ArrivalSchedule(plan.shape, rate: plan.rate, seconds: plan.seconds, seed: plan.seed).arrivals
        var random = SeededRandom(plan.seed &+ 1)
        let weights = plan.tasks.map(\.weight).sum
        order = arrivals.map { _ in
            var place = Double.random(in: 0..<weights, using: &random)
            return plan.tasks.firstIndex { task in
                place -= task.weight
                return place < 0
            } ?? plan.tasks.count - 1
        }
    }

    package func run() async -> LoadResult {
        let next = Shared()
        let start = ContinuousClock.now + .milliseconds(50)
        let threads = max(1, min(plan.connections, arrivals.count))
        var result = await withTaskGroup(of: LoadResult.self) { group in
            for _ in 0..<threads {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        Thread.detachNewThread { continuation.resume(returning: work(next, start)) }
                    }
                }
            }
            return await group.reduce(into: LoadResult()) { $0.merge($1) }
        }
        result.seconds = (ContinuousClock.now - start).inSeconds
        return result
    }

    private final class Shared: Sendable {
        let index = Atomic(0)
    }

    private func work(_ next: Shared, _ start: ContinuousClock.Instant) -> LoadResult {
        let connection = LoadConnection(host: plan.host, port: plan.port, token: plan.token)
        var result = LoadResult()
        while true {
            let index = next.index.add(1, ordering: .relaxed).oldValue
            guard index < arrivals.count else { return result }
            let arrival = start + .seconds(arrivals[index])
            let wait = arrival - ContinuousClock.now
            if wait > .zero { usleep(UInt32(wait.inSeconds * 1e6)) }
            result.sent += 1
            let answer = try? connection.post(Self.path, plan.tasks[order[index]].body)
            let latency = (ContinuousClock.now - arrival).milliseconds
            result.latency.record(latency)
            if index < arrivals.count / 4 { result.earlyLatency.record(latency) }
            if index >= arrivals.count - arrivals.count / 4 { result.lateLatency.record(latency) }
            switch answer?.status {
            case 200 where Self.isAccepted(answer): result.accepted += 1
            case 429, 503: result.refused += 1
            default: result.failed += 1
            }
        }
    }

    private struct Body: Decodable {
        var report: Report?

        struct Report: Decodable { var verdict: String }
    }

    private static func isAccepted(_ answer: LoadConnection.Answer?) -> Bool {
        guard let answer, let body = try? JSONDecoder().decode(Body.self, from: Data(answer.body)) else { return false }
        return body.report?.verdict == "accepted"
    }
}
