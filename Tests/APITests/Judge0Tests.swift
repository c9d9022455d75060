import Core
import Foundation
import Testing

@testable import API

@Suite struct Judge0Tests {
    private func request(_ json: String, base64: Bool = false) throws -> Judge0Request {
        try Judge0Request(JSON.decode(JSONValue.self, from: Array(json.utf8)), base64: base64, bounds: Judge0Bounds())
    }

    private func settings(_ fields: String = "") throws -> Judge0Settings {
        try request(#"{"language_id":50,"source_code":"x"\#(fields)}"#).settings
    }

    @Test func readsValuesInEveryForm() throws {
        let settings = try settings(
            #","cpu_time_limit":"2.5","memory_limit":64000.0,"number_of_runs":"3","enable_network":"false","redirect_stderr_to_stdout":1,"callback_url":"https://x.example/y""#
        )
        #expect(settings.cpuTime == 2.5)
        #expect(settings.memory == 64000)
        #expect(settings.runs == 3)
        #expect(settings.joinsErrorOutput)
        #expect(settings.callbackURL == "https://x.example/y")
        let encoded = try request(#"{"language_id":"71","source_code":"cHJp\nbnQ="}"#, base64: true)
        #expect(encoded.source == Array("print".utf8))
        #expect(throws: Judge0Errors("source_code", "is not valid base64")) {
            try request(#"{"language_id":71,"source_code":"!"}"#, base64: true)
        }
    }

    @Test func settingsSurviveBeingKept() throws {
        let settings = try settings(#","additional_files":"AAEC","command_line_arguments":"a b""#)
        #expect(try JSON.decode(Judge0Settings.self, from: JSON.encode(settings)) == settings)
    }

    private func result(
        _ ending: Ending, _ verdict: Verdict, cpu: Duration = .zero, stderr: String = "", runs: Int = 1
    ) throws -> Judge0Result {
        let outcome = Outcome(
            ending: ending, cpuTime: cpu, wallTime: .seconds(2), peakMemory: 4096 << 10,
            stderr: CapturedOutput(bytes: Array(stderr.utf8)))
        let test = TestResult(
            name: "run", verdict: verdict, timeLimit: ending == .overWallTime ? .wall : .cpu, points: 0,
            maximumPoints: 1, outcome: outcome)
        return Judge0Result(
            Report(verdict: verdict, backend: .native, tests: Array(repeating: test, count: runs)), try settings())
    }

    @Test(arguments: [
        (Ending.exited(0), Verdict.accepted, 3, nil as String?), (.exited(0), .wrongAnswer, 4, nil),
        (.overCPUTime, .timeLimitExceeded, 5, "Time limit exceeded"),
        (.overWallTime, .timeLimitExceeded, 5, "Time limit exceeded (wall clock)"),
        (.signalled(11), .runtimeError, 7, "Caught fatal signal 11"), (.signalled(25), .runtimeError, 8, nil),
        (.overOutput, .outputLimitExceeded, 8, nil), (.signalled(8), .runtimeError, 9, nil),
        (.signalled(6), .runtimeError, 10, nil), (.exited(2), .runtimeError, 11, "Exited with error status 2"),
        (.signalled(9), .runtimeError, 12, nil), (.overMemory, .memoryLimitExceeded, 12, "Memory limit exceeded"),
    ])
    func aVerdictHasAStatus(_ ending: Ending, _ verdict: Verdict, _ status: Int, _ message: String?) throws {
        let result = try result(ending, verdict)
        #expect(result.status.rawValue == status)
        if let message { #expect(result.message == message) }
    }

    @Test func whatCannotBeStartedHasItsStatus() throws {
        let text = Outcome.startFailurePrefix + "./a.out: Exec format error\n"
        #expect(try result(.exited(126), .runtimeError, stderr: text).status == .execFormatError)
        #expect(try result(.exited(126), .runtimeError).status == .nonZeroExit)
    }

    @Test func theExtraTimeIsTooLate() throws {
        #expect(try result(.exited(0), .accepted, cpu: .seconds(5)).status == .accepted)
        #expect(try result(.exited(0), .accepted, cpu: .milliseconds(5001)).status == .timeLimitExceeded)
    }

    @Test func figuresAreMeansOfTheRuns() throws {
        let result = try result(.exited(0), .accepted, cpu: .milliseconds(1500), runs: 3)
        #expect(result.time == 1.5)
        #expect(result.wallTime == 2)
        #expect(result.memory == 4096)
    }

    @Test func fieldsAreNames() throws {
        #expect(try Judge0Field.chosen(nil) == Judge0Field.usual)
        #expect(try Judge0Field.chosen("") == Judge0Field.usual)
        #expect(try Judge0Field.chosen("*").count == 34)
        #expect(try Judge0Field.chosen("stdout, status_id") == [.stdout, .statusID])
        #expect(throws: Judge0Refusal(.badRequest, "invalid fields: [x, y]")) { try Judge0Field.chosen("x,stdout,y") }
    }

    @Test func everyNumberOfTheVersionIsKnownOnce() {
        let ids = Judge0Language.all.map(\.id)
        #expect(Set(ids).count == ids.count)
        #expect(Set(43...89).subtracting(ids).isEmpty)
    }
}
