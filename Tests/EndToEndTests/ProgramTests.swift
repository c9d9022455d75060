import Foundation
import Testing

/// Real programs over a real socket: what each does, and the verdict that it must get.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible }, .serving())
struct ProgramTests {
    /// The report on `program`, whose one test expects `hello`.
    func grade(
        _ program: Program, limits: JSONValue = [:], arguments: JSONValue = [], expected: JSONValue = "hello\n"
    ) async throws -> JSONValue {
        try await AssayServer.shared.grade([
            "language": .string(program.language), "files": program.files(), "args": arguments, "limits": limits,
            "tests": [["name": "hello", "expected_stdout": expected]],
        ])
    }

    @Test(arguments: Program.named("hello", in: Program.thorough + Program.others))
    func hello(_ program: Program) async throws {
        let report = try await grade(program)
        #expect(report["verdict"] == "accepted", "\(report)")
        #expect(report["score"] == 1)
        let test = report["tests"][0]
        #expect(test["stdout"] == "hello\n")
        #expect(test["stderr"] == "")
        #expect(test["ending"] == ["kind": "exited", "code": 0])
        #expect(try #require(test["wall_seconds"].number) > 0)
        // The sandbox's own share is subtracted: of the smallest programs nothing measurable is left.
        #expect(try #require(test["memory_bytes"].number) >= 0)
    }

    @Test(arguments: Program.named("wrong-answer"))
    func wrongAnswer(_ program: Program) async throws {
        let report = try await grade(program)
        #expect(report["verdict"] == "wrong-answer", "\(report)")
        #expect(report["score"] == 0)
        #expect(report["maximum_score"] == 1)
        #expect(report["tests"][0]["message"] == #"line 1: expected "hello", got "hullo""#)
    }

    @Test(arguments: Program.named("compile-error"))
    func compileError(_ program: Program) async throws {
        let report = try await grade(program)
        #expect(report["verdict"] == "compile-error", "\(report)")
        #expect(report["compilation"]["succeeded"] == false)
        #expect(report["compilation"]["output"].string?.contains("main") == true || program.language == "java")
        #expect(report["compilation"]["output"].string?.lowercased().contains("error") == true)
        #expect(report["tests"][0]["verdict"] == "skipped")
    }

    @Test(arguments: Program.named("signal"))
    func signal(_ program: Program) async throws {
        let report = try await grade(program)
        #expect(report["verdict"] == "runtime-error", "\(report)")
        let name = ["cpp": "SIGABRT", "java": "SIGABRT"][program.language] ?? "SIGSEGV"
        #expect(report["tests"][0]["ending"]["kind"] == "signalled")
        #expect(report["tests"][0]["ending"]["signal_name"] == .string(name))
    }

    @Test(arguments: Program.named("exit-code"))
    func exitCode(_ program: Program) async throws {
        let report = try await grade(program)
        #expect(report["verdict"] == "runtime-error", "the right output does not help: \(report)")
        #expect(report["tests"][0]["stdout"] == "hello\n")
        #expect(report["tests"][0]["ending"] == ["kind": "exited", "code": 7])
    }

    @Test(arguments: Program.named("cpu-loop"))
    func cpuLoop(_ program: Program) async throws {
        let report = try await grade(program, limits: ["cpu_seconds": 1, "wall_seconds": 60])
        #expect(report["verdict"] == "time-limit-exceeded", "\(report)")
        #expect(report["tests"][0]["time_limit"] == "cpu")
        #expect(report["tests"][0]["ending"]["kind"] == "over-cpu-time")
        #expect(try #require(report["tests"][0]["cpu_seconds"].number) >= 1)
    }

    @Test(arguments: Program.named("sleep"))
    func sleep(_ program: Program) async throws {
        let report = try await grade(program, limits: ["wall_seconds": 1])
        #expect(report["verdict"] == "time-limit-exceeded", "\(report)")
        #expect(report["tests"][0]["time_limit"] == "wall")
        #expect(report["tests"][0]["ending"]["kind"] == "over-wall-time")
        // The program's own time: the limit's clock also counts its launch.
        #expect(try #require(report["tests"][0]["wall_seconds"].number) > 0.9)
    }

    @Test(arguments: Program.named("memory"))
    func memory(_ program: Program) async throws {
        let report = try await grade(program, limits: ["memory_bytes": 134_217_728, "wall_seconds": 60])
        #expect(report["verdict"] == "memory-limit-exceeded", "\(report)")
        #expect(report["tests"][0]["ending"]["kind"] == "over-memory")
        #expect(try #require(report["tests"][0]["memory_bytes"].number) <= 134_217_728)
    }

    @Test(arguments: Program.named("output"))
    func output(_ program: Program) async throws {
        let report = try await grade(program, limits: ["output_bytes": 10_000, "wall_seconds": 60])
        #expect(report["verdict"] == "output-limit-exceeded")
        let test = report["tests"][0]
        #expect(test["ending"]["kind"] == "over-output")
        #expect(test["stdout_truncated"] == true)
        let stdout = try #require(test["stdout"].string)
        #expect(stdout.utf8.count == 10_000)
        #expect(stdout.hasPrefix("more and more and more\nmore"))
    }

    @Test(arguments: Program.named("network"))
    func network(_ program: Program) async throws {
        let listener = try Listener()
        #expect(try await listener.accepts { try await connects(to: listener.port) }, "the listener listens")
        let isReached = try await listener.accepts {
            let report = try await grade(
                program, arguments: [.string("\(listener.port)")], expected: "refused\n")
            #expect(report["verdict"] == "accepted", "\(report)")
        }
        #expect(!isReached, "nobody comes out of a sandbox")
    }

    private func connects(to port: UInt16) async throws {
        _ = try await ChildProcess.run(["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/\(port)"])
    }

    /// A language that is not installed is refused, with the package that it needs.
    @Test func everyLanguageIsListed() async throws {
        let languages = try await AssayServer.shared.curl("/v1/languages").json["languages"].items
        let available = languages.filter { $0["available"] == true }.compactMap { $0["name"].string }
        // What is not a language of its own: text as it is, a ready program, and a submission's own scripts.
        let special = ["executable", "scripts", "text"]
        #expect(available.filter { $0 != "swift" } == (Program.thorough + Program.others + special).sorted())
        for language in languages where language["available"] == true {
            #expect(language["version"].string?.first?.isNumber == true, "\(language)")
        }
        for language in languages where language["available"] == false {
            #expect(language["reason"].string?.isEmpty == false)
            #expect(language["package"].string?.isEmpty == false)
        }
    }

    /// SQL reads its tables from standard input, and a compiler takes all files.
    @Test func severalFiles() async throws {
        let server = try AssayServer.shared
        let sum = try await server.grade([
            "language": "sql", "files": ["main.sql": "SELECT sum(x) FROM t;"],
            "tests": [["stdin": "CREATE TABLE t(x); INSERT INTO t VALUES (1), (2);", "expected_stdout": "3"]],
        ])
        #expect(sum["verdict"] == "accepted", "\(sum)")
        let linked = try await server.grade([
            "language": "c",
            "files": [
                "main.c": "#include \"lib/half.h\"\nint main(void) { return half(14); }",
                "lib/half.c": "#include \"half.h\"\nint half(int n) { return n / 2; }",
                "lib/half.h": "int half(int n);",
            ],
        ])
        #expect(linked["tests"][0]["ending"] == ["kind": "exited", "code": 7], "\(linked)")
    }
}
