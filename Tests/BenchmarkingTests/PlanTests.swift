import Core
import Foundation
import Sandboxing
import Testing

@testable import Benchmarking

@Suite struct PlanTests {
    private func plan(runs: Int = 3) async -> BenchmarkPlan {
        let backend = EmptyBackend()
        let report = await backend.probe()
        let subjects = ["one", "two"].map { name in
            BenchmarkSubject(
                configuration: .init(backend: name, image: "host", storage: "tmpfs"), backend: backend, report: report)
        }
        let settings = BenchmarkReport.Settings(runs: runs, warmUps: 1, seed: 9, memoryPerSandbox: 1 << 30)
        var plan = BenchmarkPlan(experiments: [.hello, .http], subjects: subjects, settings: settings)
        plan.measuresLoad = false
        plan.parallels = [2]
        plan.idleRounds = 1
        plan.idleSandboxes = 2
        plan.densityLimit = 5
        return plan
    }

    private func program() throws -> ExperimentProgram {
        let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return try ExperimentProgram(directory: tests.deletingLastPathComponent().path)
    }

    private func withState<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let path = NSTemporaryDirectory() + "assay-bench-\(UUID()).state"
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(path)
    }

    @Test func everyRoundHoldsEveryConfigurationOnce() async {
        let plan = await plan()
        #expect(plan.steps == plan.steps)
        for round in 0..<4 {
            for experiment in 0..<2 {
                let subjects = plan.steps.compactMap { step -> Int? in
                    if case .run(experiment, let subject, round, false) = step { subject } else { nil }
                }
                #expect(subjects.sorted() == [0, 1])
            }
        }
    }

    @Test func theOrderIsNotAlwaysTheSame() async {
        let first = await plan(runs: 30).steps.compactMap { step -> Int? in
            if case .run(0, let subject, _, _) = step { subject } else { nil }
        }
        let starts = stride(from: 0, to: first.count, by: 2).map { first[$0] }
        #expect(Set(starts) == [0, 1])
    }

    @Test func aWholeBenchmark() async throws {
        let (plan, program) = (await plan(), try program())
        try await withState { path in
            let benchmark = try BackendBenchmark(plan, program: program, statePath: path, assay: "0", directory: "/tmp")
            let report = try #require(try await benchmark.run { _ in })
            #expect(report.experiments.map(\.experiment) == ["hello", "hello"])
            #expect(report.experiments.allSatisfy { $0.total?.count == 3 && $0.failures == 0 })
            // The empty backend has no loopback interface.
            #expect(report.skipped.map(\.experiment) == ["http", "http"])
            #expect(report.concurrency.count == 2)
            #expect(report.density.allSatisfy { $0.reached == 5 })
            #expect(report.idleMemory.count == 2)
            #expect(report.overhead?.samples.count == HarnessOverhead.runs)
            benchmark.finish()
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func anInterruptedBenchmarkGoesOn() async throws {
        let (plan, program) = (await plan(), try program())
        try await withState { path in
            var attempts = 0
            var report: BenchmarkReport?
            while report == nil, attempts < 1000 {
                attempts += 1
                let benchmark = try BackendBenchmark(
                    plan, program: program, statePath: path, assay: "0", directory: "/tmp")
                report = try await benchmark.run(atMost: .microseconds(1)) { _ in }
                // What was being written when it was killed.
                if report == nil, let file = FileHandle(forWritingAtPath: path) {
                    try file.seekToEnd()
                    try file.write(contentsOf: Data("{\"run\":{\"ro".utf8))
                }
            }
            #expect(attempts > 1)
            #expect(report?.experiments.allSatisfy { $0.total?.count == 3 } == true)
        }
    }

    @Test func anotherPlanDoesNotGoOn() async throws {
        let (first, second, program) = (await plan(), await plan(runs: 4), try program())
        try await withState { path in
            _ = try BackendBenchmark(first, program: program, statePath: path, assay: "0", directory: "/tmp")
            #expect(throws: BenchmarkError.self) {
                try BackendBenchmark(second, program: program, statePath: path, assay: "0", directory: "/tmp")
            }
        }
    }

    @Test func slowCellsAreCutShort() async throws {
        var plan = await plan(runs: 50)
        plan.settings.secondsPerCell = 1e-9
        let program = try program()
        try await withState { path in
            let benchmark = try BackendBenchmark(plan, program: program, statePath: path, assay: "0", directory: "/tmp")
            let report = try #require(try await benchmark.run { _ in })
            // Only the warm-up was made: it counts, for there is nothing else.
            #expect(report.experiments.allSatisfy { $0.total?.count == 1 })
        }
    }

    @Test func largerOnesOfASlowKindAreLeftOut() async throws {
        var plan = await plan(runs: 2)
        plan.experiments = [.filesWrite(10), .filesWrite(100), .databaseWrite(.xs)]
        plan.settings.secondsPerCell = 1e-9
        let program = try program()
        try await withState { path in
            let benchmark = try BackendBenchmark(plan, program: program, statePath: path, assay: "0", directory: "/tmp")
            let report = try #require(try await benchmark.run { _ in })
            #expect(Set(report.experiments.map(\.experiment)) == ["files-write-10", "db-write-xs"])
            let left = report.skipped.filter { $0.reason.hasPrefix("files-write-10 took") }
            #expect(left.map(\.experiment) == ["files-write-100", "files-write-100"])
        }
    }
}
