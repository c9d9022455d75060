import Testing

/// Jobe's interface as its clients use it, one test for each thing that they rely on.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible }, .serving(settings: ["jobe-patience=600s"]))
struct JobeTests {
    static let prefix = "/jobe/index.php/restapi"

    private func send(
        _ method: String, _ path: String, _ body: JSONValue? = nil, headers: [String: String] = [:]
    ) async throws -> AssayServer.Exchange {
        try await AssayServer.shared.send(method, Self.prefix + path, body, headers: headers)
    }

    /// What a run comes to; it must be answered with 200.
    private func run(
        _ language: String, _ source: String, input: String = "", parameters: JSONValue? = nil,
        others: [String: JSONValue] = [:]
    ) async throws -> JSONValue {
        var specification = others
        specification["language_id"] = .string(language)
        specification["sourcecode"] = .string(source)
        if !input.isEmpty { specification["input"] = .string(input) }
        if let parameters { specification["parameters"] = parameters }
        let answer = try await send("POST", "/runs", ["run_spec": .object(specification)])
        #expect(answer.status == 200, "\(answer.text)")
        return answer.json
    }

    @Test func languagesAreListedWithTheirVersions() async throws {
        for path in ["/languages", "/languages/"] {
            let answer = try await send("GET", path)
            #expect(answer.status == 200)
            let names = answer.json.items.map { $0[0].string }
            #expect(names == ["c", "cpp", "java", "nodejs", "octave", "pascal", "php", "python3"])
            for pair in answer.json.items {
                #expect(pair.items.count == 2)
                #expect(pair[1].string?.first?.isNumber == true)
            }
        }
    }

    @Test func aRunHasFiveFieldsAndUnknownOnesAreIgnored() async throws {
        let answer = try await send(
            "POST", "/runs/",
            [
                "run_spec": [
                    "language_id": "python3", "sourcecode": "print(input())", "input": "hi", "jobeserver": "x",
                    "debug": true, "colour": [1],
                ],
                "more": 1,
            ], headers: ["X-API-KEY": "k", "X-CodeRunner-Job-Id": "job-7"])
        #expect(answer.status == 200)
        guard case .object(let fields) = answer.json else {
            Issue.record("no object: \(answer.text)")
            return
        }
        #expect(Set(fields.keys) == ["run_id", "outcome", "cmpinfo", "stdout", "stderr"])
        #expect(fields["outcome"] == 15)
        #expect(fields["stdout"] == "hi\n")
        #expect(fields["cmpinfo"] == "")
        #expect(fields["stderr"] == "")
        let id = try #require(answer["run_id"].string)
        let kept = try await AssayServer.shared.send("GET", "/v1/submissions/\(id)")
        #expect(kept["metadata"]["coderunner-job"] == "job-7")
    }

    @Test(arguments: [
        ("c", "#include <stdio.h>\nint main(void) { int n; scanf(\"%d\", &n); printf(\"%d\\n\", n * 2); return 0; }"),
        ("cpp", "#include <iostream>\nint main() { int n; std::cin >> n; std::cout << n * 2 << std::endl; }"),
        ("python3", "print(int(input()) * 2)"),
        (
            "java",
            """
            import java.util.Scanner;
            public class Doubler {
                public static void main(String[] a) { System.out.println(new Scanner(System.in).nextInt() * 2); }
            }
            """
        ),
        ("nodejs", "console.log(2 * Number(require('fs').readFileSync(0, 'utf8')));"),
        ("php", "<?php fscanf(STDIN, \"%d\", $n); echo $n * 2, \"\\n\";"),
        ("pascal", "program p; var n: integer; begin readln(n); writeln(n * 2); end."),
        ("octave", "n = input(\"\"); printf(\"%d\\n\", n * 2);"),
    ])
    func everyLanguageRuns(_ language: String, _ source: String) async throws {
        let result = try await run(language, source, input: "21\n")
        #expect(result["outcome"] == 15, "\(result)")
        #expect(result["stdout"] == "42\n")
    }

    // MARK: - Files

    @Test func filesAreSentAfterTheRunThatMissesThem() async throws {
        let id = "d41d8cd98f00b204e9800998ecf8427e"
        let wanted: JSONValue = [
            "run_spec": [
                "language_id": "python3", "sourcecode": "print(open('data.txt').read(), end='')",
                "file_list": [[.string(id), "data.txt"]],
            ]
        ]
        #expect(try await send("HEAD", "/files/\(id)").status == 404)
        let missing = try await send("POST", "/runs", wanted)
        #expect(missing.status == 404)
        #expect(missing.json == "One or more of the specified files is missing/unavailable")
        let put = try await send("PUT", "/files/\(id)", ["file_contents": "bGluZQo="])
        #expect(put.status == 204 && put.bytes.isEmpty)
        #expect(try await send("HEAD", "/files/\(id)/").status == 204)
        let again = try await send("POST", "/runs", wanted)
        #expect(again["outcome"] == 15)
        #expect(again["stdout"] == "line\n")
        // Another key has other files.
        #expect(try await send("HEAD", "/files/\(id)", headers: ["X-API-KEY": "other"]).status == 404)
    }

    @Test func badFilesAreRefused() async throws {
        #expect(try await send("PUT", "/files/abcdefgh", ["file_contents": "!!"]).status == 400)
        #expect(try await send("PUT", "/files/abcdefgh", ["contents": "AA=="]).status == 400)
        #expect(try await send("PUT", "/files/short", ["file_contents": "AA=="]).status == 400)
        #expect(try await send("PUT", "/files/abcdefg.h", ["file_contents": "AA=="]).status == 400)
        #expect(try await send("HEAD", "/files/short").status == 404)
        let service = try AssayServer.shared
        let broken = try await service.send("PUT", Self.prefix + "/files/abcdefgh", text: "{")
        #expect(broken.status == 400)
        for name in ["../x", "/etc/x", "a//b", ""] {
            let run: JSONValue = [
                "run_spec": ["language_id": "c", "sourcecode": "x", "file_list": [["abcdefgh", .string(name)]]]
            ]
            #expect(try await send("POST", "/runs", run).status == 400)
        }
    }

    // MARK: - Errors

    @Test(arguments: [
        (#"{"run_spec":{"language_id":"cobol","sourcecode":"x"}}"#, "Language 'cobol' is not known"),
        (
            #"{"run_spec":{"sourcecode":"x"}}"#,
            "run_spec is missing the required attribute 'language_id'"
        ),
        (
            #"{"run_spec":{"language_id":"c"}}"#,
            "run_spec is missing the required attribute 'sourcecode'"
        ),
        (
            #"{"run_spec":{"language_id":"c","sourcecode":"x","parameters":{"cputime":121}}}"#,
            "cputime exceeds maximum allowed on this Jobe server (120 secs)"
        ),
    ])
    func errorsAreStrings(_ body: String, _ message: String) async throws {
        let answer = try await AssayServer.shared.send("POST", Self.prefix + "/runs", text: body)
        #expect(answer.status == 400)
        #expect(answer.json == .string(message))
    }

    @Test(arguments: ["", "{", "[]", "{}", #"{"run_spec":1}"#, #"{"run_spec":{"language_id":1,"sourcecode":"x"}}"#])
    func nonsenseIsRefused(_ body: String) async throws {
        let answer = try await AssayServer.shared.send("POST", Self.prefix + "/runs", text: body)
        #expect(answer.status == 400)
        #expect(answer.json.string != nil)
    }

    @Test func theOverloadProbeIsAnswered() async throws {
        let result = try await run("c", "int x;\n!** TESTING OVERLOAD EXCEPTION **!\n")
        #expect(result["outcome"] == 21)
        #expect(result["stdout"] == "")
    }

    @Test func pagesOfOtherOriginsMayCall() async throws {
        let answer = try await send("OPTIONS", "/runs", headers: ["Origin": "https://moodle.example"])
        #expect(answer.status == 204)
        #expect(answer.headers["access-control-allow-origin"] == "*")
        #expect(answer.headers["access-control-allow-headers"]?.contains("X-API-KEY") == true)
        #expect(try await send("GET", "/languages").headers["access-control-allow-origin"] == "*")
    }

    // MARK: - Outcomes

    /// A program, what it should come to, and what its outputs must hold.
    struct Case: Sendable, CustomTestStringConvertible {
        let promise: String
        let language: String
        let source: String
        var input = ""
        var parameters: JSONValue?
        let outcome: Int
        var stdout: String?
        var stderr: String?
        var compiler: String?

        init(
            _ promise: String, _ language: String, _ source: String, input: String = "",
            with parameters: JSONValue? = nil, _ outcome: Int, stdout: String? = nil, stderr: String? = nil,
            compiler: String? = nil
        ) {
            self.promise = promise
            self.language = language
            self.source = source
            self.input = input
            self.parameters = parameters
            self.outcome = outcome
            self.stdout = stdout
            self.stderr = stderr
            self.compiler = compiler
        }

        var testDescription: String { promise }
    }

    static let cases: [Case] = [
        Case("a compiler that complains means outcome 11", "c", "int main(void) { return x; }", 11, compiler: "prog.c"),
        Case("a warning is an error by default", "c", "int main(void) { int x; return 0; }", 11, compiler: "unused"),
        Case("the default is C99", "c", "int main(void) { typeof(1) x = 0; return x; }", 11, compiler: "prog.c"),
        Case(
            "given compiler options replace the default", "c",
            "int main(void) { int unused; typeof(1) x = 0; return x; }", with: ["compileargs": ["-std=gnu11 -w"]], 15),
        Case(
            "given linker options replace the default", "c",
            "#include <math.h>\nint main(int n, char **v) { (void)v; return (int)sqrt((double)n + 3) - 2; }",
            with: ["linkargs": []], 11, compiler: "sqrt"),
        Case("syntax errors of Python are compile errors", "python3", "print(", 11, compiler: "SyntaxError"),
        Case(
            "text on standard error means outcome 12", "python3", "import sys\nsys.stderr.write('oh')", 12, stderr: "oh"
        ),
        Case("an exit status alone does not", "python3", "print(1)\nraise SystemExit(3)", 15, stdout: "1\n"),
        Case(
            "a signal adds a text", "c", "int main(void) { volatile int *p = 0; return *p; }", 12,
            stderr: "signal 11"),
        Case("an abort too", "c", "#include <stdlib.h>\nint main(void) { abort(); }", 12, stderr: "signal 6"),
        Case(
            "stack overflow is outcome 12", "c",
            "volatile int k; int f(int n) { volatile char b[4096]; b[0] = n; k++; return f(n + 1) + b[0]; }\n"
                + "int main(void) { return f(0); }", with: ["compileargs": ["-w"]], 12),
        Case("CPU time is outcome 13", "c", "int main(void) { for (;;) ; }", with: ["cputime": 1], 13),
        Case(
            "wall time is twice the CPU time", "python3", "import time\nprint(1, flush=True)\ntime.sleep(3)",
            with: ["cputime": 1], 13, stdout: "1\n"),
        Case(
            "less than that is waited for", "python3", "import time\ntime.sleep(1.5)\nprint(1)", with: ["cputime": 1],
            15),
        Case("floods are outcome 13", "c", "#include <stdio.h>\nint main(void) { for (;;) puts(\"flood\"); }", 13),
        Case("3 MB are more than the stream may have", "python3", "print('x' * 3000000)", 13),
        Case("but not when more was asked for", "python3", "print('x' * 3000000)", with: ["streamsize": 4], 15),
        Case(
            "2 GB from malloc are NULL and the program goes on", "c",
            "#include <stdio.h>\n#include <stdlib.h>\n"
                + "int main(void) { void *p = malloc(2000000000); puts(p ? \"got\" : \"NULL\"); return 0; }", 15,
            stdout: "NULL\n"),
        Case(
            "more memory than there is is clamped, not refused", "python3", "print(1)",
            with: ["memorylimit": 1000000000], 15),
        Case(
            "memory of all processes together is outcome 17", "python3",
            "import os, time\nfor _ in range(4):\n  if os.fork() == 0:\n    x = bytearray(200 << 20); time.sleep(1); os._exit(0)\n"
                + "for _ in range(4): os.wait()\n", with: ["memorylimit": 400, "numprocs": 20], 17),
        Case(
            "30 processes by default", "python3",
            "import os, time\nn = 0\ntry:\n  for _ in range(40):\n    if os.fork() == 0: time.sleep(9)\n    n += 1\n"
                + "except OSError: pass\nprint(n < 31)", 15, stdout: "True\n"),
        Case(
            "as many as asked for", "python3",
            "import os, time\nfor _ in range(40):\n  if os.fork() == 0: time.sleep(9)\nprint('ok')",
            with: ["numprocs": 60], 15, stdout: "ok\n"),
        Case("20 MB a file by default", "python3", "open('f', 'wb').write(bytes(30 << 20))", 12),
        Case("more when asked for", "python3", "open('f', 'wb').write(bytes(30 << 20))", with: ["disklimit": 40], 15),
        Case(
            "processes left behind are killed", "c",
            "#include <unistd.h>\n#include <stdio.h>\n"
                + "int main(void) { if (fork() == 0) { for (;;) ; } printf(\"done\\n\"); return 0; }", 15,
            stdout: "done\n"),
        Case(
            "bytes that are no text are escaped", "python3",
            "import sys\nsys.stdout.buffer.write(b'a\\xff\\x00\\x1b\\t\\r\\n\\xc3\\xa9\\xc3')", 15,
            stdout: "a\\xff\\x00\\x1b\t\r\n\u{e9}\\xc3"),
        Case(
            "a bad system call is outcome 19", "c",
            "#include <signal.h>\nint main(void) { raise(SIGSYS); return 0; }", 19),
        Case(
            "interpreter options are split like a shell's", "python3", "pass",
            with: ["interpreterargs": [#"-c "print(\"Blah\")""#]], 15, stdout: "Blah\n"),
        Case(
            "so are the program's arguments", "python3", "import sys\nprint(sys.argv[1:])",
            with: ["runargs": ["a 'b c'", "d\\ e"]], 15, stdout: "['a', 'b c', 'd e']\n"),
        Case(
            "Java's main class is found in the source", "java",
            "class Helper { }\npublic class Found { public static void main(String[] a) { System.out.println(\"f\"); } }",
            15, stdout: "f\n"),
        Case(
            "or named", "java",
            "class One { public static void main(String[] a) { System.out.println(1); } }\n"
                + "class Two { public static void main(String[] a) { System.out.println(2); } }",
            with: ["main_class": "Two"], 15, stdout: "2\n"),
        Case(
            "a package has its directory", "java",
            "package a.b;\npublic class C { public static void main(String[] x) { System.out.println(\"p\"); } }", 15,
            stdout: "p\n"),
        Case(
            "Java's memory is not limited by address space", "java",
            "public class M { public static void main(String[] a) { System.out.println(new byte[200 << 20].length); } }",
            15, stdout: "209715200\n"),
        Case(
            "tools are ordinary programs", "python3",
            "import subprocess, sys\nprint(subprocess.run([sys.executable, '-m', 'tokenize', '-e', 'prog.py'], "
                + "capture_output=True).returncode)", 15, stdout: "0\n"),
        Case("input is read", "python3", "print(input() + input())", input: "a\nb\n", 15, stdout: "ab\n"),
    ]

    @Test(arguments: cases) func outcome(_ test: Case) async throws {
        let result = try await run(test.language, test.source, input: test.input, parameters: test.parameters)
        #expect(result["outcome"] == .whole(test.outcome), "\(String("\(result)".prefix(600)))")
        if let stdout = test.stdout { #expect(result["stdout"] == .string(stdout)) }
        if let stderr = test.stderr { #expect(result["stderr"].string?.contains(stderr) == true) }
        if let compiler = test.compiler {
            #expect(result["cmpinfo"].string?.contains(compiler) == true)
        } else {
            #expect(result["cmpinfo"] == "")
        }
    }

    @Test func theSourceFileHasTheNameThatIsAskedFor() async throws {
        let result = try await run(
            "python3", "print(__file__.split('/')[-1])", others: ["sourcefilename": "answer.py"])
        #expect(result["stdout"] == "answer.py\n")
    }

    @Test func filesToIncludeAreNotCompiledOnTheirOwn() async throws {
        #expect(
            try await send("PUT", "/files/includedc", ["file_contents": "aW50IHR3byh2b2lkKSB7IHJldHVybiAyOyB9Cg=="])
                .status == 204)
        let result = try await run(
            "c", "#include <stdio.h>\n#include \"two.c\"\nint main(void) { printf(\"%d\", two()); return 0; }",
            others: ["file_list": [["includedc", "two.c"]]])
        #expect(result["outcome"] == 15, "\(result)")
        #expect(result["stdout"] == "2")
    }

    @Test func manyRunsAtOnceAreAllRightAndNoneIsTurnedAway() async throws {
        let results = try await withThrowingTaskGroup(of: (Int, JSONValue).self) { group in
            for number in 0..<32 {
                group.addTask {
                    let source =
                        number % 2 == 0
                        ? "print(\(number))" : "#include <stdio.h>\nint main(void) { puts(\"\(number)\"); return 0; }"
                    return (number, try await run(number % 2 == 0 ? "python3" : "c", source))
                }
            }
            return try await group.reduce(into: [Int: JSONValue]()) { $0[$1.0] = $1.1 }
        }
        for (number, result) in results {
            #expect(result["outcome"] == 15)
            #expect(result["stdout"] == .string("\(number)\n"))
        }
    }

    @Test func aRunThatFindsNoPlaceInTimeIsOverload() async throws {
        try await AssayServer.serving(settings: ["slots=1", "jobe-patience=1s"]) { service in
            func sleeper(_ seconds: Int) -> JSONValue {
                [
                    "run_spec": [
                        "language_id": "python3",
                        "sourcecode": .string("import time\ntime.sleep(\(seconds))\nprint('up')"),
                    ]
                ]
            }
            async let first = service.send("POST", Self.prefix + "/runs", sleeper(4))
            try await Task.sleep(for: .milliseconds(500))
            let second = try await service.send("POST", Self.prefix + "/runs", sleeper(0))
            #expect(second.status == 200)
            #expect(second["outcome"] == 21)
            #expect(try await first["stdout"] == "up\n")
        }
    }

    @Test func itCanBeSwitchedOff() async throws {
        try await AssayServer.serving(settings: ["jobe=off", "judge0=off"]) { service in
            for path in [Self.prefix + "/languages", "/judge0/about"] {
                let answer = try await service.send("GET", path)
                #expect(answer.status == 404)
            }
        }
    }
}
