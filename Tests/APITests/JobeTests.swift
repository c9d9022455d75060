import Core
import Testing

@testable import API

@Suite struct JobeTests {
    private func run(_ parameters: String = "{}", language: String = "c") throws -> JobeRun {
        let body = #"{"run_spec":{"language_id":"\#(language)","sourcecode":"s","parameters":\#(parameters)}}"#
        return try JobeRun(Array(body.utf8))
    }

    private func draft(
        _ parameters: String = "{}", language id: String = "c", ceiling: Limits = .ceiling
    ) throws -> SubmissionDraft {
        let language = try #require(JobeLanguage.all.first { $0.id == id })
        return try run(parameters, language: id).draft(
            language, attachments: [], ceiling: ceiling, longestCPUTime: .seconds(120))
    }

    @Test func defaultsAreJobes() throws {
        let limits = try draft().limits
        #expect(limits.cpuTime == .seconds(5))
        #expect(limits.wallTime == .seconds(10))
        #expect(limits.memory == 400 << 20)
        #expect(limits.addressSpace == 400 << 20)
        #expect(limits.processes == 30)
        #expect(limits.fileSize == 20 << 20)
        #expect(limits.output == 2 << 20)
        #expect(try draft(language: "python3").limits.addressSpace == 1000 << 20)
        #expect(try draft(language: "octave").limits.addressSpace == 500 << 20)
        let java = try draft(language: "java").limits
        #expect(java.addressSpace == nil)
        #expect(java.processes == 256)
    }

    @Test func parametersOverrideThem() throws {
        let limits = try draft(
            #"{"cputime":2.5,"memorylimit":"64","numprocs":7,"disklimit":1,"streamsize":0.5}"#
        ).limits
        #expect(limits.cpuTime == .milliseconds(2500))
        #expect(limits.wallTime == .seconds(5))
        #expect(limits.memory == 64 << 20)
        #expect(limits.processes == 7)
        #expect(limits.fileSize == 1 << 20)
        #expect(limits.output == 512 << 10)
        #expect(try draft(#"{"numprocs":1}"#, language: "java").limits.processes == 256)
    }

    @Test func whatIsTooMuchIsClampedButCPUTimeRefused() throws {
        let ceiling = Limits.ceiling
        let limits = try draft(
            #"{"memorylimit":1e9,"numprocs":1e9,"disklimit":1e18,"streamsize":1e9,"cputime":120}"#
        ).limits
        #expect(limits.memory == ceiling.memory)
        #expect(limits.processes == ceiling.processes)
        #expect(limits.fileSize == ceiling.fileSize)
        #expect(limits.output == ceiling.output)
        #expect(limits.cpuTime == .seconds(120))
        #expect(throws: JobeRefusal(.badRequest, "cputime exceeds maximum allowed on this Jobe server (120 secs)")) {
            try draft(#"{"cputime":120.1}"#)
        }
        // Zero is no limit, which is the most that there is.
        #expect(try draft(#"{"memorylimit":0,"cputime":0}"#).limits.memory == ceiling.memory)
        #expect(try draft(#"{"cputime":0}"#).limits.cpuTime == .seconds(120))
        #expect(limits.applied(to: .default).problems(ceiling: ceiling).isEmpty)
    }

    @Test func givenOptionsReplaceTheDefaults() throws {
        #expect(try draft().options.compiler == ["-Wall", "-Werror", "-std=c99", "-x", "c"])
        let options = try draft(#"{"compileargs":["-O2 -DX='a b'","-g"],"linkargs":[],"interpreterargs":"-x y"}"#)
            .options
        #expect(options.compiler == ["-O2", "-DX=a b", "-g"])
        #expect(options.linker == [])
        #expect(options.interpreter == ["-x", "y"])
        #expect(options.compilesEntryOnly)
    }

    @Test(arguments: [
        #"{"cputime":"soon"}"#, #"{"compileargs":5}"#, #"{"compileargs":[{}]}"#, "7", #""text""#, "[1]",
    ])
    func badParametersAreRefused(_ parameters: String) {
        #expect(throws: JobeRefusal.self) { try run(parameters) }
    }

    @Test(arguments: ["[]", "null", "{}", #""{\"cputime\":1}""#]) func thesePass(_ parameters: String) throws {
        _ = try run(parameters)
    }

    @Test(
        arguments: [
            ([0x61, 0x0a, 0x09, 0x0d], "a\n\t\r"), ([0xff, 0x61], "\\xffa"), ([0x00, 0x1b, 0x7f], "\\x00\\x1b\\x7f"),
            ([0xc3, 0xa9], "\u{e9}"), ([0xc3], "\\xc3"), ([0xe2, 0x82], "\\xe2\\x82"), ([0xc0, 0x80], "\\xc0\\x80"),
            ([0xf0, 0x9f, 0x98, 0x80], "\u{1f600}"), ([0xed, 0xa0, 0x80], "\\xed\\xa0\\x80"),
        ] as [([UInt8], String)])
    func whatIsNoTextIsEscaped(_ bytes: [UInt8], _ text: String) { #expect(JobeResult.printable(bytes) == text) }

    private func result(
        _ ending: Ending, verdict: Verdict = .accepted, stdout: String = "", stderr: String = ""
    ) -> JobeResult {
        let outcome = Outcome(
            ending: ending, stdout: CapturedOutput(bytes: Array(stdout.utf8)),
            stderr: CapturedOutput(bytes: Array(stderr.utf8)))
        return JobeResult(
            Report(
                verdict: verdict, backend: .native,
                tests: [TestResult(name: "run", verdict: verdict, points: 0, maximumPoints: 1, outcome: outcome)]),
            runID: nil)
    }

    @Test(arguments: [
        (Ending.exited(0), "", JobeOutcome.ok), (.exited(9), "", .ok), (.exited(0), "x", .runtimeError),
        (.signalled(11), "", .runtimeError), (.signalled(31), "", .illegalSystemCall), (.overCPUTime, "", .timeLimit),
        (.overWallTime, "x", .timeLimit), (.overOutput, "", .timeLimit), (.overMemory, "", .memoryLimit),
        (.cancelled, "", .internalError),
    ])
    func anEndingHasAnOutcome(_ ending: Ending, _ stderr: String, _ outcome: JobeOutcome) {
        #expect(result(ending, stderr: stderr).outcome == outcome)
    }

    @Test func aCompilerThatComplainsIsAnError() {
        func compiled(_ succeeded: Bool, stdout: String = "", stderr: String = "") -> JobeResult {
            let outcome = Outcome(
                ending: .exited(succeeded ? 0 : 1), stdout: CapturedOutput(bytes: Array(stdout.utf8)),
                stderr: CapturedOutput(bytes: Array(stderr.utf8)))
            let run = TestResult(
                name: "run", verdict: .accepted, points: 1, maximumPoints: 1, outcome: Outcome(ending: .exited(0)))
            return JobeResult(
                Report(
                    verdict: succeeded ? .accepted : .compileError, backend: .native,
                    compilation: Compilation(succeeded: succeeded, outcome: outcome), tests: succeeded ? [run] : []),
                runID: nil)
        }
        #expect(compiled(true).outcome == .ok)
        #expect(compiled(true, stdout: "chatter").outcome == .ok)
        #expect(compiled(true, stderr: "warning").outcome == .compileError)
        #expect(compiled(true, stderr: "warning").compilerOutput == "warning")
        #expect(compiled(false, stdout: "a", stderr: "b").compilerOutput == "ab")
        #expect(!compiled(false).compilerOutput.isEmpty)
    }

    @Test(
        arguments: [
            ("public class A { }", "A", "A.java"),
            ("class B { public static void main(String[] a) {} }", "B", "B.java"),
            ("class B {} class C { static void main(String... a) {} }", "C", "C.java"),
            ("// public class X\n/* class Y */ final public class Z {}", "Z", "Z.java"),
            ("package p.q; import java.util.*; public final class D { class E {} }", "p.q.D", "p/q/D.java"),
            ("class S { String s = \"public class T {\"; char c = '\\''; } public record R(int x) {}", "R", "R.java"),
            ("class Only { }", "Only", "Only.java"), ("int x;", nil, nil), ("", nil, nil),
        ] as [(String, String?, String?)])
    func javaSaysWhatItIsCalled(_ source: String, _ main: String?, _ path: String?) {
        let java = JavaSource(source)
        #expect(java.mainClass == main)
        #expect(java.path == path)
    }

    @Test func theOverloadProbeIsALineOfItsOwn() throws {
        func probes(_ source: String) throws -> Bool {
            let body: JSONValue = ["run_spec": ["language_id": "c", "sourcecode": .string(source)]]
            return try JobeRun(JSON.encode(body)).isOverloadProbe
        }
        #expect(try probes("a\n!** TESTING OVERLOAD EXCEPTION **!\r\nb"))
        #expect(try !probes("// !** TESTING OVERLOAD EXCEPTION **!"))
    }
}
