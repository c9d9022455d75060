import Core
import Foundation
import Storage
import Testing

/// Something that `Store` does whatever database is under it. Written once; the suite of every engine runs them all.
struct Promise: Sendable, CustomTestStringConvertible {
    let name: String
    let check: @Sendable (Fixture) async throws -> Void

    init(_ name: String, _ check: @escaping @Sendable (Fixture) async throws -> Void) {
        self.name = name
        self.check = check
    }

    var testDescription: String { name }

    static let all =
        keeping + queueing + leasing + cancelling + listing + telling + racing + tokens + sharing + repeating
        + serving + files + tasks + attempting
}

/// An empty store of its own for every promise.
struct Fixture: Sendable {
    let store: Store
    let clock: StoreClock
    /// Opens the same database once more, as another node would.
    let another: @Sendable () async throws -> Store
}

extension Store {
    /// Inserts with bounds that do not matter.
    func insert(_ submissions: Submission...) async throws {
        try await insert(submissions, within: QueueLimits())
    }

    func claim(
        node: String = "a", cpus: Int = 64, memory: Int = 1 << 40, for duration: Duration = .seconds(30),
        maximumAttempts: Int = 3
    ) async throws -> Lease? {
        try await claim(
            ClaimOffer(
                node: node, free: ResourceDemand(cpus: cpus, memory: memory), leaseDuration: duration,
                maximumAttempts: maximumAttempts))
    }
}

extension Submission {
    /// A queued submission.
    static func sample(
        language: String = "python", task: TaskReference = .catalog("sum"), files: Int = 1,
        metadata: [String: String] = [:], createdAt: Date = .now, cpus: Int = 1, memory: Int = 256 << 20
    ) -> Submission {
        let file = SourceFile(path: try! RelativePath("main.py"), text: "print(sum(map(int, input().split())))\n")
        return Submission(
            id: SubmissionID(at: createdAt),
            draft: SubmissionDraft(
                language: language, files: Array(repeating: file, count: files), task: task, metadata: metadata),
            // To the millisecond, as it is kept.
            createdAt: Date(timeIntervalSince1970: (createdAt.timeIntervalSince1970 * 1000).rounded() / 1000),
            demand: ResourceDemand(cpus: cpus, memory: memory), state: .queued(attempts: 0))
    }

    /// A queued submission whose draft takes `bytes` bytes and a few.
    static func sample(bytes: Int) -> Submission {
        // Random, so that no database makes it smaller.
        let words = (0..<(bytes / 8 + 1)).map { _ in UInt64.random(in: 0 ... .max) }
        let contents = words.withUnsafeBytes { Array($0.prefix(bytes)) }
        let file = SourceFile(path: try! RelativePath("a"), contents: contents)
        return Submission(
            id: SubmissionID(), draft: SubmissionDraft(language: "c", files: [file], task: .catalog("t")),
            createdAt: Date(timeIntervalSince1970: 1_700_000_000), demand: ResourceDemand(cpus: 1, memory: 1),
            state: .queued(attempts: 0))
    }
}

extension Report {
    static func sample(_ verdict: Verdict = .accepted) -> Report {
        let outcome = Outcome(
            ending: .exited(0), cpuTime: .nanoseconds(12_345_678), wallTime: .nanoseconds(23_456_789),
            peakMemory: 9 << 20,
            stdout: CapturedOutput(bytes: Array(0...255), isTruncated: true),
            stages: StageTimings(create: .microseconds(1), launch: .microseconds(2), execute: .microseconds(3)))
        return Report(
            verdict: verdict, score: 1.5, maximumScore: 2, backend: .native,
            compilation: Compilation(succeeded: true, outcome: outcome),
            tests: [
                TestResult(
                    name: "one", verdict: verdict, points: 1.5, maximumPoints: 2, message: "höher", outcome: outcome),
                TestResult(name: "two", verdict: .timeLimitExceeded, timeLimit: .wall, points: 0, maximumPoints: 0),
            ])
    }
}
