import Core
import Sandboxing

/// Judges one submission by a plan of tests: runs each test, checks it, and adds up.
struct PlanJudge: Sendable {
    let plan: TestPlan
    /// `nil` where the submission is files without a language.
    let student: Program
    /// The submitted files.
    let submission: [SourceFile]
    let network: NetworkMode
    let backend: any SandboxBackend
    let cpus: [Int]
    let languages: LanguageCatalog
    let checkers: CheckerPrograms

    struct Result: Sendable {
        var tests: [TestResult] = []
        var groups: [GroupResult] = []
        var verdict = Verdict.accepted
        var score = 0.0
        /// Why a group has no result.
        var message: String?
    }

    func judge(progress: @Sendable (_ done: Int, _ of: Int) -> Void) async throws -> Result {
        if let tree = plan.tree { return try await judge(tree, progress: progress) }
        var result = Result()
        let total = plan.tests.count
        var hasFailed = false
        for group in plan.groups {
            let lacks = group.requires.contains { name in
                result.groups.first { $0.name == name }?.verdict != .accepted
            }
            let isSkipped = lacks || (hasFailed && plan.stopOnFailure)
            var tests: [TestResult] = []
            for test in group.tests {
                try Task.checkCancellation()
                let hasFailedHere = tests.contains { $0.verdict != .accepted }
                var outcome: TestResult
                if isSkipped || (group.stopOnFailure && hasFailedHere) {
                    outcome = .skipped(test)
                } else {
                    outcome = try await judge(test)
                }
                outcome.group = group.name
                outcome.visibility = group.visibility
                tests.append(outcome)
                progress(result.tests.count + tests.count, total)
            }
            let groupResult = GroupResult(group, tests)
            result.tests += tests
            result.groups.append(groupResult)
            if group.isCounted, groupResult.verdict != .accepted { hasFailed = true }
        }
        let counted = zip(plan.groups, result.groups).filter { $0.0.isCounted }.map(\.1)
        result.verdict = Verdict(of: counted.map(\.verdict), by: plan.verdictRule)
        // Where what does not count kept everything else from running, that is the reason.
        if result.verdict == .skipped { result.verdict = Verdict.overall(of: result.groups.map(\.verdict)) }
        result.score = plan.scoring.combined(counted.map(\.points))
        if plan.scoring == .allOrNothing, result.verdict != .accepted { result.score = 0 }
        return result
    }

    // MARK: one test

    func judge(_ test: TestCase) async throws -> TestResult {
        let checker = test.checker ?? plan.checker
        do {
            if let validator = test.staticValidator { return try await validate(test, by: validator) }
            if plan.conduct.isInteractive { return try await interact(test, checker) }
            if case .program(let program) = checker, plan.conduct.passes > 1 {
                return try await passes(test, program)
            }
            if let path = test.submittedOutput { return try await checkSubmitted(test, path, checker) }
            let outcome = try await run(test, stdin: test.stdin)
            return try await check(test, outcome, checker)
        } catch let failure as CheckerFailure {
            var result = TestResult.skipped(test)
            result.verdict = .internalError
            result.message = failure.description
            return result
        }
    }

    private func run(_ test: TestCase, stdin: [UInt8]) async throws -> Outcome {
        try await withStudentSandbox(test) { sandbox, limits, files in
            if let setUp = test.setUp {
                let command = Command(arguments: setUp, environment: student.environment, limits: limits)
                let outcome = try await sandbox.run(command, with: files, isLast: false)
                if outcome.ending == .cancelled { throw CancellationError() }
                guard outcome.ending == .exited(0) else { return outcome }
            }
            let outcome = student.language.interpreted(
                try await sandbox.run(
                    command(test, stdin, limits), with: test.setUp == nil ? files : nil, isLast: true))
            if outcome.ending == .cancelled { throw CancellationError() }
            return outcome
        }
    }

    private func command(_ test: TestCase, _ stdin: [UInt8], _ limits: Limits) -> Command {
        let command = Command(
            arguments: test.command.map { $0 + test.arguments } ?? student.command(test.arguments),
            environment: student.environment, stdin: stdin, limits: limits)
        return student.options.joinsErrorOutput ? command.joiningErrorOutput : command
    }

    /// What the sandbox of a test begins with, if it is the student's program and nothing else.
    private func warm(_ test: TestCase) -> WarmStart? {
        test.setUp == nil && test.command == nil && !plan.conduct.isInteractive ? student.warm : nil
    }

    /// `body` is given the files that its first run begins with.
    private func withStudentSandbox<Value: Sendable>(
        _ test: TestCase, _ body: (any Sandbox, Limits, FileBundle) async throws -> Value
    ) async throws -> Value {
        let limits = test.limits?.applied(to: student.limits) ?? student.limits
        let configuration = SandboxConfiguration(
            limits: limits, network: network, cpuSet: cpus, image: student.image, warm: warm(test))
        return try await withSandbox(of: backend, configuration) { sandbox in
            guard let files = test.files, !files.isEmpty else { return try await body(sandbox, limits, student.files) }
            try await sandbox.write(student.files)
            return try await body(sandbox, limits, FileBundle(files))
        }
    }

    private func check(_ test: TestCase, _ outcome: Outcome, _ checker: Checker) async throws -> TestResult {
        var result = TestResult.judgeEnding(test, outcome)
        guard result.verdict == .accepted else { return result }
        let answer: CheckerAnswer
        if case .program(let program) = checker {
            answer = try await judged(test, outcome, by: program)
        } else if let expected = test.expectedOutput {
            let check = checker.check(expected: expected, actual: outcome.stdout.bytes)
            answer = CheckerAnswer(isAccepted: check.isAccepted, judgeMessage: check.message)
        } else {
            answer = CheckerAnswer(isAccepted: true)
        }
        try result.take(answer, of: test)
        return result
    }

    /// What a checker says, and the others that must accept too: the first that rejects is the last.
    private func judged(
        _ test: TestCase, _ outcome: Outcome, by program: CheckerProgram
    ) async throws -> CheckerAnswer {
        var answer = try await checkerRun(test, program).check(outcome.stdout.bytes, on: backend, cpus: cpus)
        for other in program.others ?? [] where answer.isAccepted {
            let next = try await checkerRun(test, other).check(outcome.stdout.bytes, on: backend, cpus: cpus)
            answer = answer.joined(by: next)
        }
        return answer
    }

    /// A test in which a program looks at the submitted files.
    private func validate(_ test: TestCase, by validator: CheckerProgram) async throws -> TestResult {
        let program = try await checkers.program(of: validator, in: languages, on: backend, cpus: cpus)
        let validation = StaticValidation(
            program: program, validator: validator, submission: submission, language: student.language.name,
            entryFile: student.entryFile)
        var result = TestResult(name: test.name, verdict: .accepted, points: 0, maximumPoints: test.points)
        try result.take(try await validation.answer(on: backend, cpus: cpus), of: test)
        return result
    }

    private func checkSubmitted(
        _ test: TestCase, _ path: RelativePath, _ checker: Checker
    ) async throws -> TestResult {
        guard let file = submission.first(where: { $0.path == path }) else {
            var result = TestResult.skipped(test)
            result.verdict = .wrongAnswer
            result.feedback = "the submission has no file \(path)"
            return result
        }
        let outcome = Outcome(ending: .exited(0), stdout: CapturedOutput(bytes: file.contents))
        var result = try await check(test, outcome, checker)
        result.outcome = nil
        return result
    }

    private func checkerRun(
        _ test: TestCase, _ checker: CheckerProgram, input: [UInt8]? = nil, feedback: [SourceFile] = []
    ) async throws -> CheckerRun {
        let program = try await checkers.program(of: checker, in: languages, on: backend, cpus: cpus)
        return CheckerRun(
            program: program, checker: checker, input: input ?? test.stdin, answer: test.expectedOutput ?? [],
            feedback: feedback)
    }

    // MARK: passes

    /// One run after another for as long as the checker asks for it; what it left in its feedback directory it finds
    /// again. Times add up in the report; each pass has the whole time limit.
    private func passes(_ test: TestCase, _ checker: CheckerProgram) async throws -> TestResult {
        var input = test.stdin
        var feedback: [SourceFile] = []
        var total: Outcome?
        for pass in 1... {
            let outcome = try await run(test, stdin: input)
            let joined = total.map { $0.joined(by: outcome) } ?? outcome
            total = joined
            var result = TestResult.judgeEnding(test, joined)
            guard result.verdict == .accepted else { return result }
            let run = try await checkerRun(test, checker, input: input, feedback: feedback)
            let answer = try await run.check(outcome.stdout.bytes, on: backend, cpus: cpus)
            guard let next = answer.nextPass else {
                try result.take(answer, of: test)
                return result
            }
            try checkPass(pass)
            (input, feedback) = (next, answer.feedback)
        }
        fatalError("a range without an end ended")
    }

    private func checkPass(_ pass: Int) throws(CheckerFailure) {
        guard pass < plan.conduct.passes else {
            throw CheckerFailure("the checker asked for more than \(plan.conduct.passes) passes")
        }
    }

    // MARK: interaction

    private func interact(_ test: TestCase, _ checker: Checker) async throws -> TestResult {
        guard case .program(let checkerProgram) = checker else {
            throw CheckerFailure("an interactive task needs a checker that is a program")
        }
        var input = test.stdin
        var feedback: [SourceFile] = []
        var total: Outcome?
        for pass in 1... {
            let run = try await checkerRun(test, checkerProgram, input: input, feedback: feedback)
            let (outcome, wasFirst, answer) = try await interact(test, run)
            let joined = total.map { $0.joined(by: outcome) } ?? outcome
            total = joined
            let result = try TestResult.interactive(test, joined, answer, judgeWasFirst: wasFirst)
            guard result.verdict == .accepted, let next = answer.nextPass else { return result }
            try checkPass(pass)
            (input, feedback) = (next, answer.feedback)
        }
        fatalError("a range without an end ended")
    }

    private func interact(
        _ test: TestCase, _ run: CheckerRun
    ) async throws -> (Outcome, judgeWasFirst: Bool, CheckerAnswer) {
        try await withStudentSandbox(test) { sandbox, limits, files in
            try await sandbox.write(files)
            let configuration = SandboxConfiguration(
                limits: run.program.limits, cpuSet: cpus, image: run.program.image)
            return try await withSandbox(of: backend, configuration) { judge in
                try await run.prepare(judge)
                let result = try await Interaction(student: sandbox, judge: judge)
                    .run(command(test, [], limits), run.command())
                let answer: CheckerAnswer
                do {
                    answer = try await run.answer(result.judge, in: judge)
                } catch let failure as CheckerFailure {
                    // A submission that broke a limit leaves the checker without the rest of the conversation, which
                    // not every checker takes well.
                    let ending = TestResult.judgeEnding(test, result.student)
                    guard ending.verdict != .accepted, result.student.ending != .cancelled, !result.judgeWasFirst
                    else { throw failure }
                    answer = CheckerAnswer(isAccepted: false, judgeMessage: failure.description)
                }
                return (student.language.interpreted(result.student), result.judgeWasFirst, answer)
            }
        }
    }
}

extension TestResult {
    /// The checker's verdict stands, unless the submission broke a limit or crashed before the checker ended.
    static func interactive(
        _ test: TestCase, _ outcome: Outcome, _ answer: CheckerAnswer, judgeWasFirst: Bool
    ) throws(CheckerFailure) -> TestResult {
        var result = judgeEnding(test, outcome)
        if !answer.isAccepted, judgeWasFirst || outcome.ending == .cancelled { result.clearEnding() }
        // Who is accepted and still talks finds nobody listening.
        if answer.isAccepted, judgeWasFirst, outcome.ending == .signalled(13) { result.clearEnding() }
        guard result.verdict == .accepted else {
            if result.message == nil { result.message = answer.judgeMessage }
            return result
        }
        try result.take(answer, of: test)
        return result
    }

    private mutating func clearEnding() {
        verdict = .accepted
        timeLimit = nil
        message = nil
    }

    /// Takes over what the checker said.
    mutating func take(_ answer: CheckerAnswer, of test: TestCase) throws(CheckerFailure) {
        let answer = try answer.held(to: test.scoreRule, points: test.points)
        verdict = answer.isAccepted ? .accepted : .wrongAnswer
        message = answer.judgeMessage
        feedback = answer.teamMessage
        if answer.isAccepted {
            points = answer.score ?? test.points * (answer.multiplier ?? 1)
        } else {
            points = test.rejectedPoints ?? 0
        }
    }
}

extension Outcome {
    /// This and another run after it, as one: the latter's ending and output, both runs' times.
    func joined(by next: Outcome) -> Outcome {
        var joined = next
        joined.cpuTime += cpuTime
        joined.wallTime += wallTime
        joined.peakMemory = max(peakMemory, next.peakMemory)
        return joined
    }
}

extension GroupResult {
    /// What `tests` are for `group`.
    init(_ group: TestGroup, _ tests: [TestResult]) {
        let verdict = Verdict(of: tests.map(\.verdict), by: group.verdictRule)
        var points = group.scoring.combined(tests.map(\.points))
        if group.scoring == .allOrNothing { points = verdict == .accepted ? group.maximumPoints : 0 }
        self.init(
            name: group.name, verdict: verdict, points: points, maximumPoints: group.maximumPoints,
            visibility: group.visibility)
    }
}

extension Verdict {
    /// From harmless to grave.
    private static let gravity: [Verdict] = [
        .accepted, .skipped, .wrongAnswer, .outputLimitExceeded, .timeLimitExceeded, .memoryLimitExceeded,
        .runtimeError, .compileError, .internalError,
    ]

    /// The verdict of a group. A checker that failed is never hidden by a rule; a group that did not run is skipped.
    init(of verdicts: [Verdict], by rule: VerdictRule) {
        if verdicts.contains(.internalError) {
            self = .internalError
        } else if !verdicts.isEmpty, verdicts.allSatisfy({ $0 == .skipped }) {
            self = .skipped
        } else {
            switch rule {
            case .first: self = Verdict.overall(of: verdicts)
            case .worst:
                self = verdicts.max { Self.gravity.firstIndex(of: $0)! < Self.gravity.firstIndex(of: $1)! } ?? .accepted
            case .any: self = verdicts.contains(.accepted) ? .accepted : Verdict.overall(of: verdicts)
            case .always: self = .accepted
            }
        }
    }

    /// The first failure decides; without one the whole is accepted, unless nothing at all was run.
    static func overall(of verdicts: [Verdict]) -> Verdict {
        if let failure = verdicts.first(where: { $0 != .accepted && $0 != .skipped }) { return failure }
        return !verdicts.isEmpty && verdicts.allSatisfy { $0 == .skipped } ? .skipped : .accepted
    }
}
