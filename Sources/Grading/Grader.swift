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

    /// What a grader of the format is told of the student's earlier submissions.
    package typealias History = @Sendable (GradingScript.ResultFormat) async throws -> StudentHistory

    /// The report of `draft`. `cpus` are the CPUs to run on, by number; `history` is asked where the task's format tells
    /// graders what came before; `progress` hears how many tests are done.
    ///
    /// Throws `SandboxError` or `SubmissionError.unavailable` when the service failed and another attempt may succeed,
    /// and `CancellationError`.
    package func grade(
        _ draft: SubmissionDraft, cpus: [Int], history: History = { _ in StudentHistory() },
        progress: @Sendable (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) async throws -> Report {
        let uploaded = try await context.uploadedTask(of: draft)
        let plan: GradingPlan
        do { plan = try context.plan(for: draft, uploaded: uploaded) } catch {
            // It was accepted under other languages, tasks or limits than this node has now.
            return failure(of: draft, "this node cannot grade it: \(error)")
        }
        switch try await plan.source.compile(on: plan.backend, cpus: cpus) {
        case .failed(let compilation):
            var report = Self.compileErrorReport(compilation, plan: plan)
            report.storage = plan.storage
            report.unenforced = unenforced(by: plan.backend)
            return report
        case .program(let program, let compilation):
            var report = try await judge(
                plan, program, draft, cpus: cpus, history: history, progress: progress)
            report.compilation = compilation
            report.storage = plan.storage
            report.unenforced = unenforced(by: plan.backend)
            report.hiddenFeedback = plan.task.hiddenFeedback
            return report
        }
    }

    /// What programs run without there; `nil` where that is nothing.
    private func unenforced(by backend: any SandboxBackend) -> [UnenforcedLimit]? {
        let limits = context.backends.reports[backend.name]?.unenforced.map(\.limit) ?? []
        return limits.isEmpty ? nil : limits
    }

    private func judge(
        _ plan: GradingPlan, _ program: Program, _ draft: SubmissionDraft, cpus: [Int], history: History,
        progress: @Sendable (_ done: Int, _ of: Int) -> Void
    ) async throws -> Report {
        switch plan.task.judging {
        case .testCases(let tests, let checker, let stopOnFirstFailure):
            // A plain list: one group.
            let group = TestGroup(
                name: "tests", tests: tests, stopOnFailure: stopOnFirstFailure, visibility: .sample)
            var report = try await judge(
                TestPlan(groups: [group], checker: checker), plan, program, cpus: cpus, progress: progress)
            report.groups = nil
            // Tests of the catalogue are the teacher's; those that came with their submission hide nothing from it.
            let visibility: TestVisibility? = draft.task.isOfCatalogue ? .hidden : nil
            for index in report.tests.indices {
                (report.tests[index].group, report.tests[index].visibility) = (nil, visibility)
            }
            return report
        case .plan(let tests):
            return try await judge(tests, plan, program, cpus: cpus, progress: progress)
        case .script(let script):
            var submitter = Submitter(draft)
            submitter.history = try await history(script.result)
            return try await judge(script, plan, program, submitter, cpus: cpus, progress: progress)
        }
    }

    private func judge(
        _ tests: TestPlan, _ plan: GradingPlan, _ program: Program, cpus: [Int],
        progress: @Sendable (_ done: Int, _ of: Int) -> Void
    ) async throws -> Report {
        let judge = PlanJudge(
            plan: tests, student: program, submission: plan.submitted, network: plan.network,
            backend: plan.backend,
            cpus: cpus, languages: context.languages, checkers: context.checkers)
        let result = try await judge.judge(progress: progress)
        return Report(
            verdict: result.verdict, score: result.score,
            // Where a score has no bound, what was reached is the most that is known of.
            maximumScore: max(tests.maximumScore, result.score), backend: plan.backend.name, tests: result.tests,
            message: result.message, groups: result.groups)
    }

    private func judge(
        _ script: GradingScript, _ plan: GradingPlan, _ program: Program, _ submitter: Submitter, cpus: [Int],
        progress: @Sendable (_ done: Int, _ of: Int) -> Void
    ) async throws -> Report {
        progress(0, 1)
        let judge = ScriptJudge(
            script: script, student: script.student == .program ? program : nil, submission: plan.files,
            limits: plan.runLimits, network: plan.network, backend: plan.backend, cpus: cpus,
            image: plan.graderImage, layers: context.layers, submitter: submitter, ceiling: context.policy.ceiling)
        let report = try await judge.report()
        progress(1, 1)
        return report
    }

    /// The report of a submission that the service failed.
    func failure(of submission: Submission, _ message: String) -> Report { failure(of: submission.draft, message) }

    private func failure(of draft: SubmissionDraft, _ message: String) -> Report {
        var report = Report(
            verdict: .internalError, backend: draft.backend ?? context.backends.defaultName, message: message)
        report.requestID = draft.requestID
        return report
    }

    private static func compileErrorReport(_ compilation: Compilation, plan: GradingPlan) -> Report {
        var report = Report(
            verdict: .compileError, backend: plan.backend.name, compilation: compilation,
            message: compilation.reason)
        switch plan.task.judging {
        case .testCases(let tests, _, _):
            report.tests = tests.map { .skipped($0) }
            report.maximumScore = tests.reduce(0) { $0 + $1.points }
        case .plan(let tests):
            report.tests = tests.groups.flatMap { group in
                group.tests.map { test in
                    var result = TestResult.skipped(test)
                    (result.group, result.visibility) = (group.name, group.visibility)
                    return result
                }
            }
            report.maximumScore = tests.maximumScore
        case .script(let script): report.maximumScore = script.points
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
