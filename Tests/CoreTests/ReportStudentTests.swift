import Core
import Foundation
import Testing

@Suite struct ReportStudentTests {
    private static let secret = "0xSECRET"

    private func report(_ feedback: HiddenFeedback?) -> Report {
        func output() -> CapturedOutput { CapturedOutput(bytes: Array(Self.secret.utf8)) }
        let outcome = Outcome(
            ending: .exited(77), cpuTime: .seconds(1), peakMemory: 5, stdout: output(), stderr: output())
        return Report(
            verdict: .runtimeError, score: 1, maximumScore: 3, backend: .native,
            tests: [
                TestResult(
                    name: "shown", verdict: .accepted, points: 1, maximumPoints: 1, message: "fine", outcome: outcome,
                    visibility: .sample),
                TestResult(
                    name: "1", verdict: .runtimeError, points: 0, maximumPoints: 1, message: Self.secret,
                    outcome: outcome, group: "g", visibility: .hidden),
                TestResult(
                    name: "2", verdict: .runtimeError, points: 0, maximumPoints: 1,
                    outcome: Outcome(ending: .signalled(44)), visibility: .hidden),
            ],
            groups: [GroupResult(name: "g", verdict: .runtimeError, points: 0, maximumPoints: 2)],
            grader: outcome, hiddenFeedback: feedback)
    }

    @Test(arguments: [HiddenFeedback?.none, .tests, .groups, .score])
    func nothingOfAHiddenTestReachesAStudent(_ feedback: HiddenFeedback?) throws {
        var student = report(feedback).forStudent()
        #expect(student.tests.first?.outcome?.stdout.bytes == Array(Self.secret.utf8), "a sample hides nothing")
        student.tests.removeFirst()
        let text = String(decoding: try JSONEncoder().encode(student), as: UTF8.self)
        #expect(!text.contains(Self.secret))
        #expect(!text.contains(Array(Self.secret.utf8).map(String.init).joined(separator: ",")))
        // A program could tell its input by its exit code, or by what kills it.
        #expect(!text.contains("77") && !text.contains("44"))
        #expect(student.grader == nil)
    }

    @Test func theTaskSaysHowMuchIsTold() {
        #expect(report(.tests).forStudent().tests.map(\.name) == ["shown", "1", "2"])
        #expect(report(.groups).forStudent().tests.map(\.name) == ["shown"])
        #expect(report(.groups).forStudent().groups?.count == 1)
        #expect(report(.score).forStudent().groups?.isEmpty == true)
        #expect(report(.score).forStudent().score == 1)
    }

    @Test func whatATeachersProgramSaysOfItsFailureIsNotForStudents() {
        var report = report(nil)
        report.verdict = .internalError
        report.message = Self.secret
        report.tests[0].verdict = .internalError
        report.tests[0].message = Self.secret
        let student = report.forStudent()
        #expect(student.message?.contains(Self.secret) == false)
        #expect(student.tests[0].message == nil)
    }

    /// Drafts and reports that were stored before these properties existed.
    @Test func oldTasksAndReportsCanStillBeRead() throws {
        let task = """
            {"limits":{},"network":{"none":{}},"judging":{"testCases":{"_0":[{"name":"a","stdin":[],"arguments":[],
            "points":1}],"_1":{"trimmed":{}},"stopOnFirstFailure":false}}}
            """
        let read = try JSONDecoder().decode(GradingTask.self, from: Data(task.utf8))
        #expect(read == GradingTask(judging: .testCases([TestCase(name: "a")], .trimmed, stopOnFirstFailure: false)))
        let old = """
            {"verdict":"accepted","score":1,"maximumScore":1,"backend":"native","tests":[{"name":"a",
            "verdict":"accepted","points":1,"maximumPoints":1}]}
            """
        #expect(try JSONDecoder().decode(Report.self, from: Data(old.utf8)).tests[0].visibility == nil)
    }
}
