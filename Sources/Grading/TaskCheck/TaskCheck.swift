package import Core
package import Logging
import Sandboxing
package import TaskFormats

/// Checks a task by what its author gave: each solution gets the verdict that is expected of it, each input is accepted
/// by the input validators, each answer by the checker.
package struct TaskCheck: Sendable {
    let context: GradingContext
    let grader: Grader
    /// The CPUs to run on, by number; empty leaves the choice to the backend.
    let cpus: [Int]

    package init(context: GradingContext, logger: Logger, cpus: [Int] = []) {
        self.context = context
        self.cpus = cpus
        grader = Grader(context: context, logger: logger)
    }

    /// One thing that was checked.
    package struct Item: Sendable, Hashable {
        package enum Kind: String, Sendable, Hashable { case solution, input, answer, timeLimit = "time-limit" }

        package var kind: Kind
        package var name: String
        package var expected: String
        package var found: String
        package var isPassed: Bool
        /// CPU time of the slowest test.
        package var time: Duration?
        /// Why not, or what came close to failing.
        package var note: String?
    }

    package struct Result: Sendable {
        package var items: [Item] = []
        /// With its time limit, if that followed from the solutions.
        package var task: GradingTask
        package var warnings: [String] = []

        package var isPassed: Bool { items.allSatisfy(\.isPassed) }
    }

    /// `progress` hears after each item how many of how many are done, and what came next.
    package func run(
        _ package: TaskPackage, progress: @Sendable (_ done: Int, _ of: Int, _ name: String) -> Void = { _, _, _ in }
    ) async throws -> Result {
        var result = Result(task: package.task, warnings: package.warnings)
        let tests = package.task.tests
        let inputs = package.inputValidators.isEmpty ? [] : tests.filter { $0.staticValidator == nil }
        let answers = package.task.checksAnswers ? tests.filter { $0.expectedOutput != nil } : []
        let timed = package.timeRule == nil ? [] : package.solutions.filter(\.expectation.boundsFromBelow)
        let cases = package.dataCases
        let total = package.solutions.count + inputs.count + answers.count + cases.count + timed.count
        var done = 0
        func advance(_ name: String) {
            progress(done, total, name)
            done += 1
        }
        if let rule = package.timeRule {
            let limit = try await timeLimit(of: package, by: rule, timed) { advance($0) }
            result.items.append(limit.item)
            if let time = limit.time { result.task.setTimeLimit(time) }
        }
        for solution in package.solutions {
            try Task.checkCancellation()
            advance(solution.name)
            result.items.append(try await check(solution, of: result.task, rule: package.timeRule))
        }
        for test in inputs {
            try Task.checkCancellation()
            advance("input of \(test.name)")
            if let item = try await checkInput(test, package.inputValidators) { result.items.append(item) }
        }
        for test in answers {
            try Task.checkCancellation()
            advance("answer of \(test.name)")
            if let item = try await checkAnswer(test, of: package.task) { result.items.append(item) }
        }
        for example in cases {
            try Task.checkCancellation()
            advance(example.test.name)
            result.items.append(try await check(example, of: package))
        }
        if package.solutions.isEmpty { result.warnings.append("there is no solution to check the task by") }
        progress(total, total, "")
        return result
    }

    /// Memory that checking `task` may occupy, in bytes.
    package static func memory(of task: GradingTask) -> Int {
        2 * max(task.limits.memory ?? Limits.default.memory, Language.compileLimits.memory)
    }

    // MARK: solutions

    private func draft(_ solution: ReferenceSolution, _ task: GradingTask) -> SubmissionDraft {
        SubmissionDraft(
            language: solution.language ?? Language.files.name, files: solution.files, entryFile: solution.entryFile,
            task: .inline(task), metadata: solution.metadata, owner: Owner(user: solution.user))
    }

    private func check(
        _ solution: ReferenceSolution, of task: GradingTask, rule: TimeRule?
    ) async throws -> Item {
        var task = task
        let isSlow = solution.expectation.boundsFromAbove
        // What is to be too slow must be that by a margin, or it is accepted on a faster machine.
        if isSlow, let rule, let time = task.limits.cpuTime { task.setTimeLimit(time * rule.margin) }
        var item = Item(
            kind: .solution, name: solution.name, expected: solution.expectation.words, found: "", isPassed: false)
        let draft = draft(solution, task)
        do { try context.check(draft) } catch {
            item.found = "refused"
            item.note = "\(error)"
            return item
        }
        let report = try await grader.grade(draft, cpus: cpus, history: { _ in solution.history })
        item.found = report.verdict.rawValue
        if report.maximumScore != 1 || solution.expectation.score != nil || solution.expectation.isPartial {
            item.found += " \(report.score.short)/\(report.maximumScore.short)"
        }
        item.time = report.tests.compactMap(\.outcome?.cpuTime).max()
        let problem = solution.expectation.problem(with: report)
        item.isPassed = problem == nil
        let said = report.grader.map { String(decoding: $0.stderr.bytes.suffix(300), as: UTF8.self) } ?? ""
        item.note = (problem ?? report.message).map { said.isEmpty ? $0 : "\($0): \(said)" }
        if item.isPassed, solution.expectation.permitted == [.accepted] {
            item.note = marginNote(item.time, task, rule)
        }
        return item
    }

    /// A warning if an accepted solution comes near the limit.
    private func marginNote(_ time: Duration?, _ task: GradingTask, _ rule: TimeRule?) -> String? {
        guard rule == nil, let time, let limit = task.limits.cpuTime, time * 2 > limit else { return nil }
        return "takes more than half of the time limit"
    }

    /// The slowest accepted solution's time by the rule.
    private func timeLimit(
        of package: TaskPackage, by rule: TimeRule, _ accepted: [ReferenceSolution], advance: (String) -> Void
    ) async throws -> (item: Item, time: Duration?) {
        var item = Item(
            kind: .timeLimit, name: "time limit", expected: "slowest accepted × \(rule.multiplier.short)", found: "",
            isPassed: false)
        var slowest = Duration.zero
        for solution in accepted {
            advance("time of \(solution.name)")
            let draft = draft(solution, package.task)
            do { try context.check(draft) } catch {
                item.note = "\(solution.name): \(error)"
                continue
            }
            let report = try await grader.grade(draft, cpus: cpus)
            slowest = max(slowest, report.tests.compactMap(\.outcome?.cpuTime).max() ?? .zero)
        }
        guard !accepted.isEmpty else {
            item.found = "no accepted solution"
            return (item, nil)
        }
        let steps = max(1, (slowest.inSeconds * rule.multiplier / rule.resolution).rounded(.up))
        let seconds = steps * rule.resolution
        item.found = "\(seconds.short) s"
        item.time = slowest
        item.isPassed = item.note == nil
        return (item, .seconds(seconds))
    }

    // MARK: data

    private func checkInput(_ test: TestCase, _ validators: [CheckerProgram]) async throws -> Item? {
        for validator in validators {
            var item = Item(
                kind: .input, name: test.name, expected: "accepted", found: "accepted", isPassed: true)
            do {
                let problem = try await inputProblem(test, validator)
                guard let problem else { continue }
                (item.found, item.isPassed, item.note) = ("rejected", false, problem)
            } catch let failure as CheckerFailure {
                (item.found, item.isPassed, item.note) = ("failed", false, failure.description)
            }
            return item
        }
        return Item(kind: .input, name: test.name, expected: "accepted", found: "accepted", isPassed: true)
    }

    /// What an input validator says against an input; it accepts with 42.
    private func inputProblem(_ test: TestCase, _ validator: CheckerProgram) async throws -> String? {
        let backend = try backend()
        let program = try await context.checkers.program(of: validator, in: context.languages, on: backend, cpus: cpus)
        let named = test.inputValidatorArguments ?? [:]
        let arguments = validator.name.flatMap { named[$0] } ?? named[""] ?? []
        let configuration = SandboxConfiguration(limits: program.limits, image: program.image)
        let outcome = try await withSandbox(of: backend, configuration) { sandbox in
            try await sandbox.write(program.files)
            let command = Command(
                arguments: program.command(validator.arguments + arguments), environment: program.environment,
                stdin: test.stdin, limits: program.limits)
            return try await sandbox.run(command, with: test.files.map { FileBundle($0) }, isLast: true)
        }
        guard outcome.ending != .exited(CheckerProgram.accepts) else { return nil }
        let said = String(decoding: (outcome.stdout.bytes + outcome.stderr.bytes).prefix(500), as: UTF8.self)
        return outcome.ending.words + (said.isEmpty ? "" : ": " + said)
    }

    private func checkAnswer(_ test: TestCase, of task: GradingTask) async throws -> Item? {
        guard case .plan(let plan) = task.judging, case .program(let checker) = test.checker ?? plan.checker else {
            return nil
        }
        var item = Item(kind: .answer, name: test.name, expected: "accepted", found: "accepted", isPassed: true)
        let backend = try backend()
        do {
            let program = try await context.checkers.program(
                of: checker, in: context.languages, on: backend, cpus: cpus)
            let answer = test.expectedOutput ?? []
            let run = CheckerRun(program: program, checker: checker, input: test.stdin, answer: answer)
            let said = try await run.check(answer, on: backend, cpus: cpus)
            if !said.isAccepted { (item.found, item.isPassed, item.note) = ("rejected", false, said.judgeMessage) }
        } catch let failure as CheckerFailure {
            (item.found, item.isPassed, item.note) = ("failed", false, failure.description)
        }
        return item
    }

    /// Data that must be rejected, or an output that must be accepted.
    private func check(_ example: DataCase, of package: TaskPackage) async throws -> Item {
        let isInput = example.kind == .invalidInput
        let wanted = example.kind == .validOutput
        var item = Item(
            kind: isInput ? .input : .answer, name: example.test.name, expected: wanted ? "accepted" : "rejected",
            found: "", isPassed: false)
        do {
            let isAccepted =
                isInput
                ? try await acceptsInput(example.test, package.inputValidators)
                : try await acceptsOutput(example, of: package.task)
            item.found = isAccepted ? "accepted" : "rejected"
            item.isPassed = isAccepted == wanted
        } catch let failure as CheckerFailure {
            (item.found, item.note) = ("failed", failure.description)
        }
        return item
    }

    private func acceptsInput(_ test: TestCase, _ validators: [CheckerProgram]) async throws -> Bool {
        for validator in validators where try await inputProblem(test, validator) != nil { return false }
        return true
    }

    private func acceptsOutput(_ example: DataCase, of task: GradingTask) async throws -> Bool {
        guard case .plan(let plan) = task.judging else { return true }
        let answer = example.test.expectedOutput ?? []
        let checker = example.test.checker ?? plan.checker
        guard case .program(let program) = checker else {
            return checker.check(expected: answer, actual: example.output).isAccepted
        }
        let backend = try backend()
        for program in [program] + (program.others ?? []) {
            let compiled = try await context.checkers.program(
                of: program, in: context.languages, on: backend, cpus: cpus)
            let run = CheckerRun(program: compiled, checker: program, input: example.test.stdin, answer: answer)
            let said = try await run.check(example.output, on: backend, cpus: cpus)
            if !said.isAccepted { return false }
        }
        return true
    }

    private func backend() throws(SandboxError) -> any SandboxBackend {
        let name = context.backends.defaultName
        guard let backend = context.backends.backend(named: name) else {
            throw .unavailable(backend: name, reason: "there is no such backend")
        }
        return backend
    }
}

extension GradingTask {
    var tests: [TestCase] {
        switch judging {
        case .testCases(let tests, _, _): tests
        case .plan(let plan): plan.tests
        case .script: []
        }
    }

    /// Whether the expected output is one that the checker itself must accept.
    var checksAnswers: Bool { if case .plan(let plan) = judging { plan.conduct == .batch } else { false } }

    mutating func setTimeLimit(_ time: Duration) {
        limits.cpuTime = time
        limits.wallTime = time * 3 + .seconds(2)
    }
}

extension Double {
    /// Without a fraction that is zero.
    package var short: String {
        self == rounded() && abs(self) < 1e15 ? "\(Int(self))" : "\((self * 1000).rounded() / 1000)"
    }
}
