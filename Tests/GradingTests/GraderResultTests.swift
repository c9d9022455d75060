import Core
import Sandboxing
import Testing

@testable import Grading

/// What graders of other systems leave, and what of it students see. Each test quotes the rule.
@Suite struct GraderResultTests {
    private func gradescope(
        _ json: String, stdout: String = "", ending: Ending = .exited(0)
    ) throws -> Report {
        let file = SourceFile(path: try RelativePath(GradescopeResult.path), text: json)
        let outcome = Outcome(ending: ending, stdout: CapturedOutput(bytes: Array(stdout.utf8)))
        var report = Report(verdict: .internalError, maximumScore: 100, backend: .native)
        try GradescopeResult([file], outcome).apply(to: &report)
        report.hiddenFeedback = .score
        return report
    }

    @Test("tests: score, max_score, status, name, name_format, number, output, output_format, tags, extra_data")
    func everyFieldOfATest() throws {
        let report = try gradescope(
            #"""
            {"test_output_format": "md", "test_name_format": "html", "tests": [
              {"score": 2, "max_score": 3, "status": "failed", "name": "n", "number": "1.2", "output": "o", "tags": ["t"],
               "output_format": "ansi", "name_format": "text", "extra_data": {"k": [1]}, "visibility": "visible"},
              {"max_score": 3, "name": "m", "output": "p"}, {"score": 1, "max_score": 3, "status": "passed"},
              {"max_score": 1, "status": "failed"}]}
            """#)
        let first = report.tests[0]
        #expect(first.points == 2 && first.maximumPoints == 3 && first.verdict == .wrongAnswer)
        #expect(first.name == "1.2 n" && first.feedback == "o" && first.tags == ["t"])
        #expect(first.format == .ansi && first.nameFormat == nil)
        #expect(first.extraData == #"{"k":[1]}"#)
        #expect(report.tests[1].format == .markdown && report.tests[1].nameFormat == .html, "the defaults of the whole")
        #expect(report.tests[1].points == 3, "without a score it is passed")
        #expect(report.tests[2].verdict == .accepted, "the status stands above the score")
        #expect(report.tests[3].points == 0)
        #expect(report.score == 6 && report.maximumScore == 10)
        let student = report.forStudent()
        #expect(student.tests.allSatisfy { $0.extraData == nil }, "extra_data is the teacher's")
        #expect(student.tests[0].tags == ["t"])
    }

    @Test("a top-level score overrides the sum; score or tests is required; malformed or missing means it failed")
    func scores() throws {
        #expect(try gradescope(#"{"score": 7, "tests": [{"score": 1, "max_score": 10}]}"#).score == 7)
        let alone = try gradescope(#"{"score": 40}"#)
        #expect(alone.score == 40 && alone.maximumScore == 100 && alone.verdict == .wrongAnswer)
        for bad in ["{}", "[]", "", "{", #"{"score": "much"}"#, #"{"tests": [{"visibility": "sometimes"}]}"#] {
            #expect(throws: CheckerFailure.self, "\(bad)") { try gradescope(bad) }
        }
        #expect(throws: CheckerFailure.self) { try gradescope(#"{"score": 1}"#, ending: .overWallTime) }
        #expect(throws: CheckerFailure.self) { try GradescopeResult([], Outcome(ending: .exited(0))) }
    }

    @Test("previous_submissions: results, as they were written, and never for the student")
    func original() throws {
        let json = #"{"score": 1.50, "extra_data": {"own": "word"}}"#
        let report = try gradescope(json)
        #expect(report.feedback?.original == json)
        #expect(report.forStudent().feedback?.original == nil)
        let edge = GradescopeResult.originalSize - json.utf8.count
        #expect(try gradescope(json + String(repeating: " ", count: edge)).feedback?.original != nil)
        #expect(try gradescope(json + String(repeating: " ", count: edge + 1)).feedback?.original == nil, "too long")
    }

    @Test("visibility: hidden | after_due_date | after_published | visible, of the whole, of each test, of stdout")
    func visibility() throws {
        let report = try gradescope(
            #"""
            {"output": "whole", "visibility": "hidden", "stdout_visibility": "visible", "extra_data": {"a": 1},
             "execution_time": 2.5, "leaderboard": [{"name": "Speed", "value": 5, "order": "asc"}], "tests": [
              {"name": "a", "score": 1, "max_score": 1, "output": "seen", "visibility": "visible"},
              {"name": "b", "score": 1, "max_score": 1, "output": "SECRET"},
              {"name": "c", "score": 1, "max_score": 1, "visibility": "after_due_date"},
              {"name": "d", "score": 1, "max_score": 1, "visibility": "after_published"}]}
            """#, stdout: "printed")
        #expect(report.tests.map(\.visibility) == [.sample, .hidden, .hidden, .hidden])
        #expect(report.feedback?.text == nil, "the output of a hidden whole")
        #expect(report.feedback?.privateValues == ["output": #""whole""#, "extra_data": #"{"a":1}"#])
        #expect(report.feedback?.values["execution_time"] == "2.5")
        #expect(report.feedback?.values["leaderboard"] == #"[{"name":"Speed","value":5,"order":"asc"}]"#)
        #expect(report.feedback?.output == "printed")
        let student = report.forStudent()
        #expect(student.tests.map(\.name) == ["a"])
        #expect(student.feedback?.privateValues == nil)
        #expect(try gradescope(#"{"score": 1, "output": "o"}"#, stdout: "printed").feedback?.output == nil)
        let open = try gradescope(#"{"score": 1, "output": "o", "output_format": "html"}"#)
        #expect(open.feedback?.text == "o" && open.feedback?.format == .html)
    }

    @Test("match compares with answer; multiple_choice: every right choice, or one of the right ones") func questions()
        throws
    {
        let problems = InginiousProblems(
            problems: [
                "m": .match(answer: "Python"), "one": .choice(right: [1, 2], isMultiple: false, choices: 3),
                "all": .choice(right: [0, 2], isMultiple: true, choices: 3),
            ], hasRunFile: false)
        func results(_ given: [String: String]) throws -> [String: String?] {
            let files = try given.map { SourceFile(path: try RelativePath("answers/" + $0), text: $1) }
            return problems.answers(in: files).mapValues(\.result)
        }
        #expect(try results(["m": " Python\n", "one": "2", "all": "2,0"]).values.allSatisfy { $0 == "success" })
        #expect(try results(["m": "python", "one": "1,2", "all": "0"]).values.allSatisfy { $0 == "failed" })
        #expect(try results(["m": "", "one": "7", "all": "0,1,2"]).values.allSatisfy { $0 == "failed" })
        #expect(try results([:]).values.allSatisfy { $0 == "failed" })
    }

    @Test("no feedback is a crash; killed over time, overflow over memory; grades default to 100 or 0") func results()
        throws
    {
        func outcome(_ json: String?, _ ending: Ending = .exited(0)) throws -> InginiousOutcome {
            let files = try json.map { [SourceFile(path: try RelativePath(InginiousOutcome.path), text: $0)] } ?? []
            return InginiousOutcome(files, Outcome(ending: ending))
        }
        func report(_ outcome: InginiousOutcome) -> Report {
            var report = Report(verdict: .internalError, backend: .native)
            report.take(outcome, of: 100)
            return report
        }
        #expect(try outcome(nil).result == "crash")
        #expect(try outcome(#"{"result": "success"}"#, .overWallTime).result == "killed")
        #expect(try outcome(#"{"result": "success"}"#, .overMemory).result == "overflow")
        #expect(try report(outcome(#"{"result": "success"}"#)).score == 100)
        #expect(try report(outcome(#"{"result": "failed"}"#)).score == 0)
        #expect(try report(outcome(#"{"result": "failed", "grade": 40}"#)).score == 40)
        #expect(try report(outcome(#"{"result": "timeout"}"#)).verdict == .timeLimitExceeded)
        #expect(try report(outcome(#"{"result": "overflow"}"#)).verdict == .memoryLimitExceeded)
        #expect(try report(outcome(#"{"result": "crash"}"#)).verdict == .internalError)
    }

    @Test func aGraderAndTheProgramThatItRunsAreAdmittedTogether() async throws {
        var script = GradingScript(files: [], command: ["true"], student: .program)
        script.limits.memory = 300 << 20
        var task = GradingTask(judging: .script(script))
        task.limits.memory = 200 << 20
        var draft = try Fixtures.draft()
        draft.task = .inline(task)
        let context = await Fixtures.context(ScriptedBackend())
        #expect(try context.plan(for: draft).demand.memory == 500 << 20)
    }
}
