import Core
import Sandboxing
import Testing

@testable import Grading

/// What a checker's end and its files mean. Each test quotes the rule.
@Suite struct CheckerRunTests {
    /// A sandbox in which a checker has left `files`.
    private struct LeftFiles: Sandbox {
        let files: [SourceFile]
        func write(_ files: FileBundle) async throws(SandboxError) {}
        func run(_ command: Command) async throws(SandboxError) -> Outcome { Outcome(ending: .exited(42)) }
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
        for bad in [["score.txt": "many"], ["score_multiplier.txt": "1.5"], ["score_multiplier.txt": "-1"]] {
            await #expect(throws: CheckerFailure.self) { try await answer(.exited(42), bad) }
        }
    }

    @Test("nextpass.in asks for another pass; together with 43 it is a judge error") func nextPass() async throws {
        let said = try await answer(.exited(42), ["nextpass.in": "2\n", "kept": "x"])
        #expect(said.nextPass == Array("2\n".utf8))
        #expect(said.feedback.map(\.path.string) == ["judge/feedback/kept"])
        await #expect(throws: CheckerFailure.self) { try await answer(.exited(43), ["nextpass.in": "2\n"]) }
    }

    // MARK: interaction

    private func verdict(
        _ ending: Ending, accepted: Bool, judgeFirst: Bool
    ) -> Verdict {
        TestResult.interactive(
            TestCase(name: "t"), Outcome(ending: ending), CheckerAnswer(isAccepted: accepted),
            judgeWasFirst: judgeFirst
        ).verdict
    }

    @Test("the validator's verdict stands unless the submission broke a limit first") func interaction() {
        #expect(verdict(.exited(0), accepted: true, judgeFirst: true) == .accepted)
        #expect(verdict(.exited(0), accepted: false, judgeFirst: false) == .wrongAnswer)
        #expect(verdict(.overCPUTime, accepted: false, judgeFirst: false) == .timeLimitExceeded)
        #expect(verdict(.overWallTime, accepted: false, judgeFirst: false) == .timeLimitExceeded)
        #expect(verdict(.exited(1), accepted: false, judgeFirst: false) == .runtimeError)
        // Who was rejected first may then crash of it, or be ended.
        #expect(verdict(.exited(1), accepted: false, judgeFirst: true) == .wrongAnswer)
        #expect(verdict(.cancelled, accepted: false, judgeFirst: true) == .wrongAnswer)
        #expect(verdict(.signalled(13), accepted: true, judgeFirst: true) == .accepted)
        #expect(verdict(.overMemory, accepted: true, judgeFirst: true) == .memoryLimitExceeded)
        // Ending early with the judge's own code accepts nothing.
        #expect(verdict(.exited(42), accepted: false, judgeFirst: false) == .runtimeError)
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
