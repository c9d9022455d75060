package import Core
package import Logging
import Sandboxing

/// Grades one submission: compiles once, runs each test in a sandbox of its own, checks, and reports.
package struct Grader: Sendable {
    let context: GradingContext
    let logger: Logger

    package init(context: GradingContext, logger: Logger) {
        self.context = context
        self.logger = logger
    }

    /// The report of `draft`. `cpus` are the CPUs to run on, by number; `progress` hears how many tests are done.
    ///
    /// Throws `SandboxError` when the service failed and another attempt may succeed, and `CancellationError`.
    package func grade(
        _ draft: SubmissionDraft, cpus: [Int], progress: @Sendable (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) async throws -> Report {
        let plan: GradingPlan
        do { plan = try context.plan(for: draft) } catch {
            // It was accepted under other languages, tasks or limits than this node has now.
            return failure(of: draft, "this node cannot grade it: \(error)")
        }
        var files = FileBundle(draft.files)
        var compilation: Compilation?
        if let command = plan.language.compile, let limits = plan.compileLimits {
            let (result, artefacts) = try await compile(draft, plan: plan, command: command, limits: limits, cpus: cpus)
            compilation = result
            guard let artefacts else { return Self.compileErrorReport(result, plan: plan) }
            files = artefacts
        }
        switch plan.task.judging {
        case .testCases(let tests, let checker, let stopOnFirstFailure):
            var results: [TestResult] = []
            for test in tests {
                try Task.checkCancellation()
                if stopOnFirstFailure, let last = results.last, last.verdict != .accepted {
                    results.append(.skipped(test))
                    continue
                }
                let outcome = try await run(test, files: files, draft: draft, plan: plan, cpus: cpus)
                if outcome.ending == .cancelled { throw CancellationError() }
                results.append(TestResult.judge(test, outcome, by: checker))
                progress(results.count, tests.count)
            }
            return Report(
                verdict: .overall(of: results), score: results.reduce(0) { $0 + $1.points },
                maximumScore: results.reduce(0) { $0 + $1.maximumPoints }, backend: plan.backend.name,
                compilation: compilation, tests: results)
        }
    }

    /// The report of a submission that the service failed.
    func failure(of submission: Submission, _ message: String) -> Report { failure(of: submission.draft, message) }

    private func failure(of draft: SubmissionDraft, _ message: String) -> Report {
        Report(
            verdict: .internalError, backend: draft.backend ?? context.backends.defaultName, message: message)
    }

    private func compile(
        _ draft: SubmissionDraft, plan: GradingPlan, command: [String], limits: Limits, cpus: [Int]
    ) async throws -> (Compilation, FileBundle?) {
        let arguments = plan.language.expand(
            command, entry: plan.entryFile, files: draft.files.map(\.path), limits: limits)
        let configuration = SandboxConfiguration(limits: limits, cpuSet: cpus)
        return try await withSandbox(of: plan.backend, configuration) { sandbox in
            try await sandbox.write(FileBundle(draft.files))
            let outcome = try await sandbox.run(
                Command(arguments: arguments, environment: environment(of: plan), limits: limits))
            if outcome.ending == .cancelled { throw CancellationError() }
            guard outcome.ending == .exited(0) else {
                return (Compilation(succeeded: false, outcome: outcome), nil)
            }
            do {
                let artefacts = try await sandbox.collect(bytes: limits.workSize, files: limits.workFiles)
                return (Compilation(succeeded: true, outcome: outcome), artefacts)
            } catch SandboxError.tooLarge {
                return (Compilation(succeeded: false, outcome: outcome), nil)
            }
        }
    }

    private func run(
        _ test: TestCase, files: FileBundle, draft: SubmissionDraft, plan: GradingPlan, cpus: [Int]
    ) async throws -> Outcome {
        let limits = plan.runLimits
        let arguments =
            plan.language.expand(
                plan.language.run, entry: plan.entryFile, files: draft.files.map(\.path), limits: limits)
            + test.arguments
        let configuration = SandboxConfiguration(limits: limits, network: plan.task.network, cpuSet: cpus)
        return try await withSandbox(of: plan.backend, configuration) { sandbox in
            try await sandbox.write(files)
            let outcome = try await sandbox.run(
                Command(
                    arguments: arguments, environment: environment(of: plan), stdin: test.stdin, limits: limits))
            return plan.language.interpreted(outcome)
        }
    }

    private func environment(of plan: GradingPlan) -> [String: String] {
        Command.defaultEnvironment.merging(plan.language.environment) { $1 }
    }

    private static func compileErrorReport(_ compilation: Compilation, plan: GradingPlan) -> Report {
        var report = Report(
            verdict: .compileError, backend: plan.backend.name, compilation: compilation,
            message: compilation.reason)
        if case .testCases(let tests, _, _) = plan.task.judging {
            report.tests = tests.map { .skipped($0) }
            report.maximumScore = tests.reduce(0) { $0 + $1.points }
        }
        return report
    }
}

extension Compilation {
    /// Why it failed, when it was not the compiler's own judgement.
    var reason: String? {
        switch outcome.ending {
        case .exited(0): succeeded ? nil : "the compiler produced more files than a work directory may hold"
        case .exited: nil
        case .signalled(let signal): "the compiler was ended by \(signalName(signal))"
        case .overCPUTime: "the compiler exceeded its CPU time"
        case .overWallTime: "the compiler exceeded its wall time"
        case .overMemory: "the compiler exceeded its memory"
        case .overOutput: "the compiler printed too much"
        case .cancelled: "the compiler was cancelled"
        }
    }
}
