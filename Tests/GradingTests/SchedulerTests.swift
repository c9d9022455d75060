import Core
import Foundation
import Logging
import Sandboxing
import Storage
import Synchronization
import Testing

@testable import Grading

/// The scheduler on a real store, with a backend that the test controls.
@Suite struct SchedulerTests {
    /// A store, a scheduler that runs, and the door to both, for the length of `body`.
    private func withScheduler(
        _ backend: ScriptedBackend, configure: (inout SchedulerConfiguration) -> Void = { _ in },
        queue: QueueLimits = QueueLimits(), _ body: (Submissions, Store) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let store = try await Store.sqlite(at: directory.appendingPathComponent("test.sqlite").path)
        var context = await Fixtures.context(backend)
        var policy = context.policy
        policy.queue = queue
        context = GradingContext(
            languages: context.languages, tasks: context.tasks, backends: context.backends, policy: policy)
        var configuration = SchedulerConfiguration(node: "test")
        configuration.lease = .seconds(60)
        configuration.poll = .milliseconds(200)
        configuration.pauseAfterFailure = .milliseconds(1)
        configure(&configuration)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let hub = ChangeHub()
        let scheduler = Scheduler(
            store: store, grader: Grader(context: context, logger: logger),
            capacity: Capacity(cpus: [0, 1], memory: 4 << 30), configuration: configuration, hub: hub, logger: logger)
        let submissions = Submissions(context: context, store: store, hub: hub)
        let events = store.events()
        let result: Result<Void, any Error> = await withTaskGroup(of: Void.self) { group in
            group.addTask { await hub.run(events, of: store) }
            group.addTask { await scheduler.run() }
            defer { group.cancelAll() }
            do { return .success(try await body(submissions, store)) } catch { return .failure(error) }
        }
        await store.close()
        try result.get()
    }

    private func report(of submission: Submission) throws -> Report {
        guard case .finished(let report, _, _) = submission.state else {
            throw Failure(state: submission.state)
        }
        return report
    }

    private struct Failure: Error {
        let state: SubmissionState
    }

    @Test func gradesWhatIsSubmitted() async throws {
        let backend = ScriptedBackend { _, files in
            Outcome(ending: .exited(0), stdout: CapturedOutput(bytes: files.files[0].contents))
        }
        try await withScheduler(backend) { submissions, _ in
            let ids = try await withThrowingTaskGroup(of: (SubmissionID, String).self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let draft = try Fixtures.draft(files: ["main.sh": "program \(number)"])
                        return (try await submissions.submit(draft).id, "program \(number)")
                    }
                }
                return try await group.reduce(into: [SubmissionID: String]()) { $0[$1.0] = $1.1 }
            }
            for (id, text) in ids {
                let finished = try await submissions.submission(id, waiting: .seconds(60))
                #expect(try report(of: finished).tests[0].outcome?.stdout.bytes == Array(text.utf8))
            }
        }
    }

    @Test func aFailedAttemptIsRepeated() async throws {
        let failures = Mutex(2)
        let backend = ScriptedBackend { _, _ throws(SandboxError) in
            let fails = failures.withLock { count in
                count -= 1
                return count >= 0
            }
            if fails { throw .lost("test") }
            return Outcome(ending: .exited(0))
        }
        try await withScheduler(backend) { submissions, _ in
            let id = try await submissions.submit(Fixtures.draft()).id
            let finished = try await submissions.submission(id, waiting: .seconds(60))
            #expect(try report(of: finished).verdict == .accepted)
            #expect(backend.made == 3)
        }
    }

    @Test func afterTheLastAttemptTheServiceIsToBlame() async throws {
        let backend = ScriptedBackend { _, _ throws(SandboxError) in throw .lost("broken for good") }
        try await withScheduler(backend) { submissions, _ in
            let id = try await submissions.submit(Fixtures.draft()).id
            let finished = try await submissions.submission(id, waiting: .seconds(60))
            let report = try report(of: finished)
            #expect(report.verdict == .internalError)
            #expect(report.message?.contains("broken for good") == true)
            #expect(backend.made == SchedulerConfiguration(node: "").attempts)
        }
    }

    @Test func neverRunsMoreThanItHasSlotsFor() async throws {
        let running = Mutex((now: 0, most: 0))
        let backend = ScriptedBackend { _, _ in
            running.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            try? await Task.sleep(for: .milliseconds(20))
            running.withLock { $0.now -= 1 }
            return Outcome(ending: .exited(0))
        }
        try await withScheduler(backend) { submissions, _ in
            var ids: [SubmissionID] = []
            for _ in 0..<10 { ids.append(try await submissions.submit(Fixtures.draft()).id) }
            for id in ids { _ = try await submissions.submission(id, waiting: .seconds(60)) }
            #expect(running.withLock { $0.most } == 2)
        }
    }

    @Test func cancelsWhatRuns() async throws {
        let backend = ScriptedBackend { _, _ in
            do { try await Task.sleep(for: .seconds(60)) } catch { return Outcome(ending: .cancelled) }
            return Outcome(ending: .exited(0))
        }
        // The lease is long: it is the news that stops the program, not the next renewal.
        try await withScheduler(backend, configure: { $0.lease = .seconds(600) }) { submissions, _ in
            let id = try await submissions.submit(Fixtures.draft()).id
            while try await submissions.submission(id).state.status == .queued {
                try await Task.sleep(for: .milliseconds(5))
            }
            guard case .asked = try await submissions.cancel(id) else {
                Issue.record("a running submission is asked to stop")
                return
            }
            let ended = try await submissions.submission(id, waiting: .seconds(60))
            #expect(ended.state.status == .cancelled)
        }
    }

    @Test func theQueueIsBounded() async throws {
        let gate = AsyncStream.makeStream(of: Void.self)
        let backend = ScriptedBackend { _, _ in
            for await _ in gate.stream {}
            return Outcome(ending: .exited(0))
        }
        try await withScheduler(backend, queue: QueueLimits(submissions: 3, bytes: 1 << 20)) { submissions, _ in
            // Two run, three wait.
            for _ in 0..<2 {
                let id = try await submissions.submit(Fixtures.draft()).id
                while try await submissions.submission(id).state.status == .queued {
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
            for _ in 0..<3 { _ = try await submissions.submit(Fixtures.draft()) }
            do {
                _ = try await submissions.submit(Fixtures.draft())
                Issue.record("the sixth is one too many")
            } catch {
                guard case SubmissionError.queueFull(_, let retryAfter) = error else {
                    Issue.record("\(error)")
                    return
                }
                #expect(retryAfter > .zero)
            }
            gate.continuation.finish()
        }
    }

    @Test func whatIsStoppedIsGivenBack() async throws {
        let backend = ScriptedBackend { _, _ in
            try? await Task.sleep(for: .seconds(60))
            return Outcome(ending: .cancelled)
        }
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let store = try await Store.sqlite(at: directory.appendingPathComponent("test.sqlite").path)
        let context = await Fixtures.context(backend)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let scheduler = Scheduler(
            store: store, grader: Grader(context: context, logger: logger),
            capacity: Capacity(cpus: [0], memory: 4 << 30), configuration: SchedulerConfiguration(node: "test"),
            hub: ChangeHub(), logger: logger)
        let submissions = Submissions(context: context, store: store, hub: ChangeHub())
        let id = try await submissions.submit(Fixtures.draft()).id
        let run = Task { await scheduler.run() }
        while try await submissions.submission(id).state.status == .queued {
            try await Task.sleep(for: .milliseconds(5))
        }
        run.cancel()
        await run.value
        #expect(try await submissions.submission(id).state == .queued(attempts: 0))
        await store.close()
    }
}
