import Core
import Sandboxing
import Synchronization
import Testing

@testable import Grading

/// What a checker's end and its files mean. Each test quotes the rule.
@Suite struct CheckerRunTests {
    /// A sandbox in which a checker has left `files`.
    private struct LeftFiles: Sandbox {
        let files: [SourceFile]
        func write(_ files: FileBundle) async throws(SandboxError) {}
        func run(_ command: Command, with files: FileBundle?, isLast: Bool) async throws(SandboxError) -> Outcome {
            Outcome(ending: .exited(42))
        }
        func collect(bytes: Int, files: Int) async throws(SandboxError) -> FileBundle { FileBundle(self.files) }
        func destroy() async {}
    }

    private func answer(_ ending: Ending, _ files: [String: String] = [:]) async throws -> CheckerAnswer {
        let program = Program(
            language: Fixtures.script, entryFile: try RelativePath("c.sh"), sources: [], files: FileBundle([]),
            limits: .default, options: ProgramOptions())
        let run = CheckerRun(
            program: program, checker: CheckerProgram(language: "script", files: []), input: [], answer: [])
        let left = try files.map { SourceFile(path: try RelativePath("judge/feedback/" + $0), text: $1) }
        return try await run.answer(Outcome(ending: ending), in: LeftFiles(files: left))
    }

    @Test("exit 42 accepted, 43 wrong answer") func exitCodes() async throws {
        #expect(try await answer(.exited(42)).isAccepted)
        #expect(try await answer(.exited(43)).isAccepted == false)
    }

    @Test(
        "anything else (0 too) is a judge error",
        arguments: [Ending.exited(0), .exited(1), .exited(41), .exited(44), .signalled(9), .overWallTime, .overMemory])
    func judgeErrors(_ ending: Ending) async throws {
        await #expect(throws: CheckerFailure.self) { try await answer(ending) }
    }

    @Test("feedback files: judgemessage.txt, teammessage.txt, score.txt, score_multiplier.txt") func files()
        async throws
    {
        let said = try await answer(
            .exited(42), ["judgemessage.txt": "j", "teammessage.txt": "t", "score.txt": " 12.5\n"])
        #expect(said.judgeMessage == "j")
        #expect(said.teamMessage == "t")
        #expect(said.score == 12.5)
        #expect(try await answer(.exited(42), ["score_multiplier.txt": "0.25"]).multiplier == 0.25)
        for bad in [
            ["score.txt": "many"], ["score_multiplier.txt": "1.5"], ["score_multiplier.txt": "-1"],
            ["score.txt": "1", "score_multiplier.txt": "1"],
        ] {
            await #expect(throws: CheckerFailure.self) { try await answer(.exited(42), bad) }
        }
    }

    @Test("nextpass.in asks for another pass; together with 43 it is a judge error") func nextPass() async throws {
        let said = try await answer(.exited(42), ["nextpass.in": "2\n", "kept": "x"])
        #expect(said.nextPass == Array("2\n".utf8))
        #expect(said.feedback.map(\.path.string) == ["judge/feedback/kept"])
        await #expect(throws: CheckerFailure.self) { try await answer(.exited(43), ["nextpass.in": "2\n"]) }
    }

    @Test(
        "score.txt and score_multiplier.txt: 0 to the maximum; none where passing is all; needed where there is no bound",
        arguments: [
            (ScoreRule.ignored, true, 500, nil, true), (.forbidden, true, nil, nil, true),
            (.forbidden, true, 1, nil, false), (.forbidden, true, nil, 0.5, false), (.bounded, true, 10, nil, true),
            (.bounded, true, 10.5, nil, false), (.bounded, true, -1, nil, false), (.bounded, true, nil, 0.5, true),
            (.bounded, false, 1, nil, false), (.bounded, false, nil, nil, true), (.required, true, 500, nil, true),
            (.required, true, nil, nil, false), (.required, true, nil, 0.5, false), (.required, false, nil, nil, true),
            (.required, false, 3, nil, false),
        ] as [(ScoreRule, Bool, Double?, Double?, Bool)])
    func scoreRules(
        _ rule: ScoreRule, isAccepted: Bool, score: Double?, multiplier: Double?, isRight: Bool
    ) throws {
        let answer = CheckerAnswer(isAccepted: isAccepted, score: score, multiplier: multiplier)
        var test = TestCase(name: "t", points: 10)
        test.scoreRule = rule
        var result = TestResult.skipped(test)
        guard isRight else {
            #expect(throws: CheckerFailure.self) { try result.take(answer, of: test) }
            return
        }
        try result.take(answer, of: test)
        var wanted = 10 * (multiplier ?? 1)
        if let score, rule != .ignored { wanted = score }
        #expect(result.points == (isAccepted ? wanted : 0))
    }

    // MARK: interaction

    private func verdict(
        _ ending: Ending, accepted: Bool, judgeFirst: Bool
    ) throws -> Verdict {
        try TestResult.interactive(
            TestCase(name: "t"), Outcome(ending: ending), CheckerAnswer(isAccepted: accepted),
            judgeWasFirst: judgeFirst
        ).verdict
    }

    @Test("the validator's verdict stands unless the submission broke a limit first") func interaction() throws {
        #expect(try verdict(.exited(0), accepted: true, judgeFirst: true) == .accepted)
        #expect(try verdict(.exited(0), accepted: false, judgeFirst: false) == .wrongAnswer)
        #expect(try verdict(.overCPUTime, accepted: false, judgeFirst: false) == .timeLimitExceeded)
        #expect(try verdict(.overWallTime, accepted: false, judgeFirst: false) == .timeLimitExceeded)
        #expect(try verdict(.exited(1), accepted: false, judgeFirst: false) == .runtimeError)
        // Who was rejected first may then crash of it, or be ended.
        #expect(try verdict(.exited(1), accepted: false, judgeFirst: true) == .wrongAnswer)
        #expect(try verdict(.cancelled, accepted: false, judgeFirst: true) == .wrongAnswer)
        #expect(try verdict(.signalled(13), accepted: true, judgeFirst: true) == .accepted)
        #expect(try verdict(.overMemory, accepted: true, judgeFirst: true) == .memoryLimitExceeded)
        // Ending early with the judge's own code accepts nothing.
        #expect(try verdict(.exited(42), accepted: false, judgeFirst: false) == .runtimeError)
    }

    // MARK: groups

    @Test("first failing test; else worst error JE, RTE, MLE, TLE, OLE, WA") func verdictRules() {
        let mixed: [Verdict] = [.accepted, .wrongAnswer, .timeLimitExceeded, .runtimeError, .accepted]
        #expect(Verdict(of: mixed, by: .first) == .wrongAnswer)
        #expect(Verdict(of: mixed, by: .worst) == .runtimeError)
        #expect(Verdict(of: [.outputLimitExceeded, .timeLimitExceeded], by: .worst) == .timeLimitExceeded)
        #expect(Verdict(of: [.memoryLimitExceeded, .timeLimitExceeded], by: .worst) == .memoryLimitExceeded)
        #expect(Verdict(of: mixed, by: .any) == .accepted)
        #expect(Verdict(of: [.wrongAnswer], by: .any) == .wrongAnswer)
        #expect(Verdict(of: mixed, by: .always) == .accepted)
        for rule in VerdictRule.allCases {
            #expect(
                Verdict(of: [.accepted, .internalError], by: rule) == .internalError, "a judge error is never hidden")
            #expect(Verdict(of: [.skipped, .skipped], by: rule) == .skipped)
        }
    }

    @Test("score_aggregation: pass-fail, sum, min; legacy sum, avg, min, max") func scores() {
        func points(_ scoring: GroupScoring, _ verdicts: [Verdict]) -> Double {
            let tests = verdicts.map {
                TestResult(name: "t", verdict: $0, points: $0 == .accepted ? 4 : 1, maximumPoints: 4)
            }
            let group = TestGroup(name: "g", tests: tests.map { _ in TestCase(name: "t", points: 4) }, scoring: scoring)
            return GroupResult(group, tests).points
        }
        let mixed: [Verdict] = [.accepted, .wrongAnswer]
        #expect(points(.sum, mixed) == 5)
        #expect(points(.average, mixed) == 2.5)
        #expect(points(.minimum, mixed) == 1)
        #expect(points(.maximum, mixed) == 4)
        #expect(points(.allOrNothing, mixed) == 0)
        #expect(points(.allOrNothing, [.accepted, .accepted]) == 8)
    }

    @Test("require_pass: the group runs only if those named are accepted; on_reject break ends a group") func requires()
        async throws
    {
        func test(_ name: String, _ expected: String) -> TestCase {
            TestCase(name: name, arguments: [name], expectedOutput: Array(expected.utf8))
        }
        let plan = TestPlan(groups: [
            TestGroup(name: "sample", tests: [test("s", "x")], isCounted: false, visibility: .sample),
            TestGroup(name: "a", tests: [test("1", "no"), test("2", "x")], stopOnFailure: true),
            TestGroup(name: "b", tests: [test("3", "x")], requires: ["a"]),
            TestGroup(name: "c", tests: [test("4", "x")], requires: ["sample"]),
        ])
        let backend = ScriptedBackend { _, _ in
            Outcome(ending: .exited(0), stdout: CapturedOutput(bytes: Array("x".utf8)))
        }
        let context = await Fixtures.context(backend)
        var draft = try Fixtures.draft()
        draft.task = .inline(GradingTask(judging: .plan(plan)))
        let report = try await Grader(context: context, logger: .init(label: "test")).grade(draft, cpus: [])
        #expect(report.tests.map(\.verdict) == [.accepted, .wrongAnswer, .skipped, .skipped, .accepted])
        #expect(report.groups?.map(\.verdict) == [.accepted, .wrongAnswer, .skipped, .accepted])
        #expect(report.verdict == .wrongAnswer)
        #expect(report.score == 1)
        #expect(report.maximumScore == 4)
        #expect(backend.made == 3)
        #expect(report.tests.map(\.visibility) == [.sample, .hidden, .hidden, .hidden, .hidden])
    }

    @Test("a group's own tests and its groups are sub-results alike; break ends it; ignore_sample") func groupTree()
        async throws
    {
        func test(_ name: String, _ expected: String, _ points: Double = 1) -> TestCase {
            TestCase(name: name, arguments: [name], expectedOutput: Array(expected.utf8), points: points)
        }
        var plan = TestPlan(groups: [
            TestGroup(name: "sample", tests: [test("s", "no")]), TestGroup(name: "secret", tests: [test("1", "x", 4)]),
            TestGroup(name: "secret/a", tests: [test("2", "x", 6), test("3", "no", 6), test("4", "x", 6)]),
            TestGroup(name: "secret", tests: [test("5", "x", 2)]),
        ])
        let a = GroupNode(name: "secret/a", members: [.tests(2)], scoring: .sum)
        let secret = GroupNode(
            name: "secret", members: [.tests(1), .group(a), .tests(3)], scoring: .average, verdictRule: .worst,
            stopOnFailure: false)
        let sample = GroupNode(name: "sample", members: [.tests(0)], isCounted: false)
        plan.tree = GroupNode(name: "", members: [.group(sample), .group(secret)])
        let report = try await report(plan)
        #expect(report.tests.map(\.verdict) == [.wrongAnswer, .accepted, .accepted, .wrongAnswer, .skipped, .accepted])
        #expect(report.groups?.map(\.name) == ["sample", "secret/a", "secret"])
        #expect(report.score == 4, "the average of 4, 6 and 2")
        #expect(report.verdict == .wrongAnswer)
        // The average of 4, 18 and 2.
        #expect(report.maximumScore == 8)
    }

    @Test(
        "a grader prints one verdict and score, and exits with 0; the score of what is not accepted is ignored",
        arguments: [
            (Ending.exited(0), "AC 12.5\n", Verdict.accepted, 12.5), (.exited(0), "WA 7\n", .wrongAnswer, 0),
            (.exited(0), "TLE 0", .timeLimitExceeded, 0), (.exited(1), "AC 1", .internalError, 0),
            (.exited(42), "AC 1", .internalError, 0), (.exited(0), "", .internalError, 0),
            (.exited(0), "AC", .internalError, 0), (.exited(0), "OK 1", .internalError, 0),
            (.exited(0), "AC 1\nAC 1", .internalError, 0), (.exited(0), "AC inf", .internalError, 0),
        ])
    func customGrader(_ ending: Ending, _ output: String, _ verdict: Verdict, _ score: Double) async throws {
        var plan = TestPlan(groups: [
            TestGroup(
                name: "secret",
                tests: [
                    TestCase(name: "1", expectedOutput: Array("x".utf8), points: 3),
                    TestCase(name: "2", expectedOutput: Array("y".utf8)),
                ])
        ])
        let grader = CheckerProgram(
            language: "script", files: [SourceFile(path: try RelativePath("grade.sh"), text: "")], arguments: ["best"])
        plan.tree = GroupNode(name: "", members: [.tests(0)], stopOnFailure: false, grader: grader)
        let input = Mutex<[UInt8]>([])
        let report = try await report(plan) { command in
            guard command.arguments.contains("grade.sh") else { return nil }
            input.withLock { $0 = command.stdin }
            #expect(command.arguments.last == "best")
            return Outcome(ending: ending, stdout: CapturedOutput(bytes: Array(output.utf8)))
        }
        #expect(input.withLock { String(decoding: $0, as: UTF8.self) } == "AC 3.0\nWA 0.0\n")
        #expect(report.verdict == verdict)
        #expect(report.score == score)
        #expect((report.message != nil) == (verdict == .internalError))
    }

    @Test(
        "static_validator LANGUAGE ENTRY FEEDBACK/ args, in the submission's directory; 42 and 43 as an output validator"
    )
    func staticValidator() async throws {
        var test = TestCase(name: "static", points: 5)
        test.staticValidator = CheckerProgram(
            language: "script", files: [SourceFile(path: try RelativePath("check.sh"), text: "")], arguments: ["a"])
        let plan = TestPlan(groups: [TestGroup(name: "secret", tests: [test])])
        for (code, verdict, score) in [
            (Int32(42), Verdict.accepted, 5.0), (43, .wrongAnswer, 0), (0, .internalError, 0),
        ] {
            let report = try await report(plan) { command in
                let wanted = [
                    "script", "/work/judge/validator/check.sh", "script", "main.sh", "/work/judge/feedback/", "a",
                ]
                #expect(Array(command.arguments.suffix(6)) == wanted)
                return Outcome(ending: .exited(code))
            }
            #expect(report.verdict == verdict)
            #expect(report.score == score)
        }
    }

    @Test("all output validators must accept") func severalValidators() async throws {
        func program(_ name: String) throws -> CheckerProgram {
            CheckerProgram(language: "script", files: [SourceFile(path: try RelativePath(name), text: "")])
        }
        var first = try program("first.sh")
        first.others = [try program("second.sh")]
        let plan = TestPlan(
            groups: [TestGroup(name: "secret", tests: [TestCase(name: "1", expectedOutput: [])])],
            checker: .program(first))
        for (one, other, verdict) in [
            (Int32(42), Int32(42), Verdict.accepted), (42, 43, .wrongAnswer), (43, 42, .wrongAnswer),
            (42, 1, .internalError),
        ] {
            let report = try await report(plan) { command in
                if command.arguments.contains("first.sh") { return Outcome(ending: .exited(one)) }
                if command.arguments.contains("second.sh") { return Outcome(ending: .exited(other)) }
                return nil
            }
            #expect(report.verdict == verdict)
        }
    }

    /// Grades by `plan` where every program prints `x`, or does what `script` says.
    private func report(
        _ plan: TestPlan, _ script: @escaping @Sendable (Command) -> Outcome? = { _ in nil }
    ) async throws -> Report {
        let backend = ScriptedBackend { command, _ in
            script(command) ?? Outcome(ending: .exited(0), stdout: CapturedOutput(bytes: Array("x".utf8)))
        }
        var draft = try Fixtures.draft()
        draft.task = .inline(GradingTask(judging: .plan(plan)))
        return try await Grader(context: await Fixtures.context(backend), logger: .init(label: "test"))
            .grade(draft, cpus: [])
    }

    // MARK: limits

    @Test func aStudentCannotRaiseTheCataloguesLimits() async throws {
        var more = LimitsRequest()
        more.cpuTime = .seconds(60)
        more.memory = 1 << 30
        var task = GradingTask(judging: .testCases([TestCase(name: "t")], .trimmed, stopOnFirstFailure: false))
        task.limits.cpuTime = .seconds(1)
        task.languageLimits = ["script": LimitFactors(time: 3)]
        let context = await Fixtures.context(ScriptedBackend())
        let draft = try Fixtures.draft(limits: more)
        var own = draft
        own.task = .inline(task)
        #expect(try context.plan(for: own).runLimits.cpuTime == .seconds(60), "one's own task is one's own")
        own.limits = LimitsRequest()
        #expect(try context.plan(for: own).runLimits.cpuTime == .seconds(3))
        #expect(
            Limits(cpuTime: .seconds(1)).lowered(to: Limits(cpuTime: .seconds(60), memory: 5)).cpuTime == .seconds(1))
        #expect(Limits(addressSpace: 7).lowered(to: Limits()).addressSpace == 7)
    }
}
