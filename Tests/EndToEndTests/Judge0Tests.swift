import Core
import Foundation
import Testing

/// Judge0's interface as its clients use it, one test for each thing that they rely on.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible }, .serving(settings: ["jobe-patience=600s"]))
struct Judge0Tests {
    private func send(
        _ method: String, _ path: String, _ body: JSONValue? = nil
    ) async throws -> AssayServer.Exchange {
        try await AssayServer.shared.send(method, "/judge0" + path, body)
    }

    /// A submission that has ended, with the fields that were asked for.
    private func run(
        _ language: Int, _ source: String, _ fields: [String: JSONValue] = [:], query: String = "fields=*"
    ) async throws -> JSONValue {
        var body = fields
        body["language_id"] = .whole(language)
        if !source.isEmpty { body["source_code"] = .string(source) }
        let answer = try await send("POST", "/submissions?wait=true&\(query)", .object(body))
        #expect(answer.status == 201, "\(answer.text)")
        return answer.json
    }

    static let usualFields: Set = [
        "token", "time", "memory", "stdout", "stderr", "compile_output", "message", "status",
    ]
    static let everyField = usualFields.union([
        "source_code", "language_id", "compiler_options", "command_line_arguments", "stdin", "expected_output",
        "cpu_time_limit", "cpu_extra_time", "wall_time_limit", "memory_limit", "stack_limit",
        "max_processes_and_or_threads", "enable_per_process_and_thread_time_limit",
        "enable_per_process_and_thread_memory_limit", "max_file_size", "redirect_stderr_to_stdout", "enable_network",
        "number_of_runs", "additional_files", "callback_url", "exit_code", "exit_signal", "wall_time", "created_at",
        "finished_at", "language",
    ])

    // MARK: - Submissions

    @Test func aSubmissionIsTakenAndPolled() async throws {
        let taken = try await send(
            "POST", "/submissions",
            ["language_id": 71, "source_code": "print(input())", "stdin": "hi", "unknown": 1])
        #expect(taken.status == 201)
        #expect(taken.json.keys == ["token"])
        let token = try #require(taken["token"].string)
        #expect(UUID(uuidString: token) != nil)
        var answer = taken
        for _ in 0..<1200 {
            answer = try await send("GET", "/submissions/\(token)")
            #expect(answer.status == 200)
            if answer["status"]["id"] != 1, answer["status"]["id"] != 2 { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(answer.json.keys == Self.usualFields)
        #expect(answer["status"] == ["id": 3, "description": "Accepted"])
        #expect(answer["stdout"] == "hi\n")
        #expect(answer["stderr"] == .null)
        #expect(answer["compile_output"] == .null)
        #expect(answer["message"] == .null)
        #expect(answer["time"].string.flatMap(Double.init) != nil)
        #expect(answer["memory"].number ?? 0 > 100)
        #expect(answer["token"].string == token)
    }

    @Test func everyFieldIsGivenBack() async throws {
        let result = try await run(
            50, "int main(void) { return 0; }",
            ["stdin": "in", "expected_output": "", "compiler_options": "-O1 -w", "command_line_arguments": "a 'b c'"])
        #expect(result.keys == Self.everyField)
        #expect(result["source_code"] == "int main(void) { return 0; }")
        #expect(result["stdin"] == "in")
        #expect(result["expected_output"] == "")
        #expect(result["compiler_options"] == "-O1 -w")
        #expect(result["command_line_arguments"] == "a 'b c'")
        #expect(result["cpu_time_limit"] == "5.0")
        #expect(result["cpu_extra_time"] == "1.0")
        #expect(result["wall_time_limit"] == "10.0")
        #expect(result["memory_limit"] == 128_000)
        #expect(result["stack_limit"] == 64_000)
        #expect(result["max_processes_and_or_threads"] == 60)
        #expect(result["max_file_size"] == 1024)
        #expect(result["number_of_runs"] == 1)
        #expect(result["exit_code"] == 0)
        #expect(result["exit_signal"] == .null)
        #expect(result["language"]["id"] == 50)
        let created = try #require(result["created_at"].string)
        #expect(created.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/) != nil)
        #expect(result["finished_at"].string?.hasSuffix("Z") == true)
    }

    @Test func fieldsCanBeChosen() async throws {
        let result = try await run(71, "print(1)", query: "fields=stdout,status_id,exit_code")
        #expect(result == ["stdout": "1\n", "status_id": 3, "exit_code": 0])
        let token = try #require(try await run(71, "print(1)", query: "fields=token")["token"].string)
        let answer = try await send("GET", "/submissions/\(token)?fields=stdout,colour")
        #expect(answer.status == 400)
        #expect(answer.json == ["error": "invalid fields: [colour]"])
    }

    @Test func base64GoesBothWays() async throws {
        func base64(_ text: String) -> JSONValue { .string(Data(text.utf8).base64EncodedString()) }
        let body: JSONValue = [
            "language_id": 71,
            "source_code": base64("import sys\nsys.stdout.buffer.write(b'\\xff' + input().encode())"),
            "stdin": base64("h\u{e9}"),
        ]
        let answer = try await send("POST", "/submissions?base64_encoded=true&wait=true&fields=*", body)
        #expect(answer.status == 201)
        #expect(answer["stdout"] == .string(Data([0xff, 0x68, 0xc3, 0xa9]).base64EncodedString()))
        #expect(answer["stdin"] == base64("h\u{e9}"))
        #expect(answer["source_code"] == body["source_code"])
        let token = try #require(answer["token"].string)
        let plain = try await send("GET", "/submissions/\(token)")
        #expect(plain.status == 400)
        #expect(
            plain.json == [
                "error":
                    "some attributes for this submission cannot be converted to UTF-8, use base64_encoded=true query parameter"
            ])
        // What is no text is not asked for.
        #expect(try await send("GET", "/submissions/\(token)?fields=status_id").json == ["status_id": 3])
    }

    @Test(arguments: [
        (43, "a text\n"), (46, "read n\necho $((n * 2))"),
        (50, "#include <stdio.h>\nint main() { int n; scanf(\"%d\", &n); printf(\"%d\\n\", n * 2); }"),
        (54, "#include <iostream>\nint main() { int n; std::cin >> n; std::cout << n * 2 << std::endl; }"),
        (59, "program p\n  integer :: n\n  read *, n\n  print '(I0)', n * 2\nend program"),
        (60, "package main\nimport \"fmt\"\nfunc main() { var n int; fmt.Scan(&n); fmt.Println(n * 2) }"),
        (61, "main = interact (show . (* 2) . read)"),
        (
            62,
            "public class Main { public static void main(String[] a) { System.out.println(new java.util.Scanner(System.in).nextInt() * 2); } }"
        ),
        (63, "console.log(2 * Number(require('fs').readFileSync(0, 'utf8')))"), (64, "print(io.read('n') * 2)"),
        (65, "let () = Scanf.scanf \" %d\" (fun n -> Printf.printf \"%d\\n\" (n * 2))"),
        (66, "n = input(\"\"); printf(\"%d\\n\", n * 2);"),
        (67, "program p; var n: integer; begin readln(n); writeln(n * 2); end."),
        (68, "<?php fscanf(STDIN, \"%d\", $n); echo $n * 2, \"\\n\";"),
        (69, "main :- read_term(N, []), M is N * 2, write(M), nl."), (71, "print(int(input()) * 2)"),
        (72, "puts gets.to_i * 2"),
        (
            73,
            "use std::io;\nfn main() { let mut s = String::new(); io::stdin().read_line(&mut s).unwrap(); println!(\"{}\", s.trim().parse::<i32>().unwrap() * 2); }"
        ), (82, "create table t (n); insert into t values (21); select n * 2 from t;"),
        (85, "print <STDIN> * 2, \"\\n\";"),
    ])
    func everyLanguageRuns(_ language: Int, _ source: String) async throws {
        // SQL reads statements from its input; Prolog terms end with a point.
        let input = language == 82 || language == 43 ? "" : language == 69 ? "21.\n" : "21\n"
        let expected = language == 43 ? "a text" : "42"
        let result = try await run(
            language, source, ["stdin": .string(input), "expected_output": .string(expected), "memory_limit": 512_000])
        #expect(result["status"]["id"] == 3, "\(String("\(result)".prefix(1500)))")
    }

    // MARK: - Statuses

    struct Case: Sendable, CustomTestStringConvertible {
        let promise: String
        let language: Int
        let source: String
        let fields: [String: JSONValue]
        let status: Int
        let expected: [String: JSONValue]

        init(
            _ promise: String, _ language: Int, _ source: String, with fields: [String: JSONValue] = [:],
            status: Int, _ expected: [String: JSONValue] = [:]
        ) {
            self.promise = promise
            self.language = language
            self.source = source
            self.fields = fields
            self.status = status
            self.expected = expected
        }

        var testDescription: String { promise }
    }

    static let cases: [Case] = [
        Case("the right output", 71, "print(1)", with: ["expected_output": "1"], status: 3),
        Case(
            "lines and the whole are trimmed at their right", 71, "print('a  \\nb\\t\\n\\n')",
            with: ["expected_output": "a\nb   \n\n"], status: 3),
        Case("leading space counts", 71, "print(' a')", with: ["expected_output": "a"], status: 4),
        Case("another output", 71, "print(2)", with: ["expected_output": "1"], status: 4, ["stdout": "2\n"]),
        Case(
            "CPU time", 50, "int main() { for (;;) ; }", with: ["cpu_time_limit": 0.5, "cpu_extra_time": 0.1],
            status: 5, ["message": "Time limit exceeded"]),
        Case(
            "ending within the extra time is too late too", 71,
            "import time\nwhile time.process_time() < 0.7: pass\nprint(1)",
            with: ["cpu_time_limit": 0.4, "cpu_extra_time": 3, "wall_time_limit": 20], status: 5, ["stdout": "1\n"]),
        Case(
            "wall time", 71, "import time\nprint(1, flush=True)\ntime.sleep(5)", with: ["wall_time_limit": 1],
            status: 5, ["message": "Time limit exceeded (wall clock)", "stdout": "1\n"]),
        Case("a program that does not compile", 50, "int main() { return x; }", status: 6, ["stdout": .null]),
        Case("SIGSEGV", 50, "int main() { volatile int *p = 0; return *p; }", status: 7, ["exit_signal": 11]),
        Case(
            "SIGXFSZ", 50,
            "#include <stdio.h>\nint main() { FILE *f = fopen(\"f\", \"w\"); for (int i = 0; i < 3000000; i++) fputc(1, f); fclose(f); }",
            status: 8, ["exit_signal": 25]),
        Case(
            "output above the largest file", 50, "#include <stdio.h>\nint main() { for (;;) puts(\"x\"); }", status: 8),
        Case("SIGFPE", 50, "int main() { volatile int a = 7, z = 0; return a / z; }", status: 9, ["exit_signal": 8]),
        Case("SIGABRT", 50, "#include <stdlib.h>\nint main() { abort(); }", status: 10, ["exit_signal": 6]),
        Case(
            "an exit code", 50, "int main() { return 3; }", status: 11,
            ["exit_code": 3, "message": "Exited with error status 3"]),
        Case("an exception", 71, "print(1)\nraise ValueError", status: 11, ["stdout": "1\n", "exit_code": 1]),
        Case("a syntax error where nothing is compiled", 71, "print(", status: 11, ["compile_output": .null]),
        Case(
            "another signal", 50, "#include <signal.h>\nint main() { raise(SIGUSR1); }", status: 12, ["exit_signal": 10]
        ),
        Case(
            "memory", 50,
            "#include <stdlib.h>\n#include <string.h>\nint main() { for (;;) memset(malloc(1 << 20), 1, 1 << 20); }",
            with: ["memory_limit": 20_000], status: 12),
        Case("no program at all", 44, "not a program", status: 14),
        Case(
            "an address-space limit for each process", 71,
            "try:\n  b = bytearray(300 << 20)\nexcept MemoryError:\n  print('none')",
            with: ["enable_per_process_and_thread_memory_limit": true], status: 3, ["stdout": "none\n"]),
        Case(
            "standard error where standard output is", 71,
            "import sys\nprint(1, flush=True)\nprint(2, file=sys.stderr)",
            with: ["redirect_stderr_to_stdout": true], status: 3, ["stdout": "1\n2\n", "stderr": .null]),
        Case(
            "standard error by itself", 71, "import sys\nprint(2, file=sys.stderr)", status: 3,
            ["stderr": "2\n", "stdout": .null]),
        Case(
            "several runs", 71, "print(1)", with: ["number_of_runs": 3], status: 3,
            ["number_of_runs": 3, "stdout": "1\n"]),
        Case(
            "arguments are split like a shell's", 71, "import sys\nprint(sys.argv[1:])",
            with: ["command_line_arguments": "a 'b c' d\\ e"], status: 3, ["stdout": "['a', 'b c', 'd e']\n"]),
        Case(
            "compiler options", 50, "#include <stdio.h>\nint main() { printf(\"%d\", N); }",
            with: ["compiler_options": "-DN=7 -Wall"], status: 3, ["stdout": "7", "compile_output": .null]),
        Case(
            "what the compiler says without failing", 50, "int main() { int x; }", with: ["compiler_options": "-Wall"],
            status: 3),
        Case(
            "processes", 71,
            "import os, time\nn = 0\ntry:\n  for _ in range(20):\n    if os.fork() == 0: time.sleep(9)\n    n += 1\nexcept OSError: pass\nprint(n < 10)",
            with: ["max_processes_and_or_threads": 10], status: 3, ["stdout": "True\n"]),
        Case("no network", 71, "import socket\nsocket.create_connection(('127.0.0.1', 80), 1)", status: 11),
    ]

    @Test(arguments: cases) func status(_ test: Case) async throws {
        let result = try await run(test.language, test.source, test.fields)
        #expect(result["status"]["id"] == .whole(test.status), "\(String("\(result)".prefix(1500)))")
        for (field, value) in test.expected { #expect(result[field] == value, "\(field)") }
    }

    // MARK: - Several files

    /// Made with Python's zipfile: what clients send.
    private func zip(_ files: [String: String]) throws -> JSONValue {
        let input = FileManager.default.temporaryDirectory.appendingPathComponent("assay-zip-\(UUID().uuidString)")
        try JSONEncoder().encode(files).write(to: input)
        defer { try? FileManager.default.removeItem(at: input) }
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [
            "-c",
            """
            import base64, io, json, sys, zipfile
            data = io.BytesIO()
            with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, text in json.load(open(sys.argv[1])).items(): archive.writestr(name, text)
            print(base64.b64encode(data.getvalue()).decode(), end="")
            """,
            input.path,
        ]
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return .string(String(decoding: data, as: UTF8.self))
    }

    @Test func aProgramOfSeveralFilesBringsItsScripts() async throws {
        let files = try zip([
            "compile": "gcc -o prog src/main.c src/two.c", "run": "./prog",
            "src/main.c": "#include <stdio.h>\nint two(void);\nint main(void) { printf(\"%d\\n\", two()); return 0; }",
            "src/two.c": "int two(void) { return 2; }",
        ])
        let result = try await run(89, "", ["additional_files": files])
        #expect(result["status"]["id"] == 3, "\(result)")
        #expect(result["stdout"] == "2\n")
        #expect(result["source_code"] == .null)
        #expect(result["additional_files"] == files)
        let broken = try zip(["compile": "echo no; exit 1", "run": "true"])
        let failed = try await run(89, "", ["additional_files": broken])
        #expect(failed["status"]["id"] == 6)
        #expect(failed["compile_output"] == "no\n")
        let plain = try await run(89, "", ["additional_files": try zip(["run": "echo hi"])])
        #expect(plain["stdout"] == "hi\n")
    }

    @Test func additionalFilesLieBesideTheSource() async throws {
        let files = try zip(["data/x.txt": "x", "helper.py": "def f(): return open('data/x.txt').read()"])
        let result = try await run(71, "import helper\nprint(helper.f())", ["additional_files": files])
        #expect(result["stdout"] == "x\n")
    }

    @Test func badArchivesAreRefused() async throws {
        func refusal(_ fields: [String: JSONValue], language: Int = 71) async throws -> JSONValue {
            var body = fields
            body["language_id"] = .whole(language)
            if language == 71 { body["source_code"] = "print(1)" }
            let answer = try await send("POST", "/submissions", .object(body))
            #expect(answer.status == 422)
            return answer.json
        }
        #expect(try await refusal(["additional_files": "!"])["additional_files"] == ["is not valid base64"])
        #expect(try await refusal(["additional_files": "AAAA"])["additional_files"] != .null)
        #expect(try await refusal(["additional_files": try zip(["../x": "1"])])["additional_files"] != .null)
        let large = try zip(["big": String(repeating: "x", count: 10_241 << 10)])
        #expect(try await refusal(["additional_files": large])["additional_files"] != .null)
        #expect(try await refusal([:], language: 89) == ["additional_files": ["can't be blank"]])
        #expect(
            try await refusal(["additional_files": try zip(["other": ""])], language: 89)
                == ["additional_files": ["must contain a script named run"]])
    }

    // MARK: - Errors

    @Test(arguments: [
        (#"{"language_id":71}"#, #"{"source_code":["can't be blank"]}"#),
        (#"{"source_code":"x"}"#, #"{"language_id":["can't be blank"]}"#),
        (#"{"source_code":"x","language_id":"x"}"#, #"{"language_id":["is not a number"]}"#),
        (#"{"source_code":"x","language_id":9999}"#, #"{"language_id":["language with id 9999 doesn't exist"]}"#),
        (
            #"{"source_code":"x","language_id":70}"#,
            #"{"language_id":["language with id 70 (Python) is not installed here"]}"#
        ),
        (
            #"{"source_code":"x","language_id":71,"cpu_time_limit":15.1,"wall_time_limit":0.5}"#,
            #"{"cpu_time_limit":["must be less than or equal to 15.0"],"wall_time_limit":["must be greater than or equal to 1.0"]}"#
        ),
        (
            #"{"source_code":"x","language_id":71,"memory_limit":2047,"stack_limit":128001}"#,
            #"{"memory_limit":["must be greater than or equal to 2048"],"stack_limit":["must be less than or equal to 128000"]}"#
        ),
        (
            #"{"source_code":"x","language_id":71,"number_of_runs":21,"max_file_size":4097,"cpu_extra_time":5.1}"#,
            #"{"number_of_runs":["must be less than or equal to 20"],"max_file_size":["must be less than or equal to 4096"],"cpu_extra_time":["must be less than or equal to 5.0"]}"#
        ),
        (
            #"{"source_code":"x","language_id":71,"max_processes_and_or_threads":121,"memory_limit":512001}"#,
            #"{"max_processes_and_or_threads":["must be less than or equal to 120"],"memory_limit":["must be less than or equal to 512000"]}"#
        ),
        (
            #"{"source_code":"x","language_id":71,"cpu_time_limit":"soon","number_of_runs":1.5}"#,
            #"{"cpu_time_limit":["is not a number"],"number_of_runs":["must be an integer"]}"#
        ),
        (
            #"{"source_code":"x","language_id":71,"enable_network":true}"#,
            #"{"enable_network":["enabling network is not allowed"]}"#
        ),
        (
            #"{"source_code":"x","language_id":71,"callback_url":"ftp://x/"}"#,
            #"{"callback_url":["is not a valid URL"]}"#
        ),
    ])
    func mistakesAreNamedByField(_ body: String, _ expected: String) async throws {
        let answer = try await AssayServer.shared.send("POST", "/judge0/submissions", text: body)
        #expect(answer.status == 422)
        #expect(answer.json == (try JSONDecoder().decode(JSONValue.self, from: Data(expected.utf8))))
    }

    @Test func optionsHaveALength() async throws {
        for field in ["compiler_options", "command_line_arguments"] {
            for (length, status) in [(512, 201), (513, 422)] {
                let answer = try await send(
                    "POST", "/submissions",
                    .object([
                        "language_id": 71, "source_code": "1", field: .string(String(repeating: "x", count: length)),
                    ]))
                #expect(answer.status == status)
                if status == 422 {
                    #expect(answer.json == .object([field: ["is too long (maximum is 512 characters)"]]))
                }
            }
        }
    }

    @Test(arguments: ["", "{", "[]", "1"]) func nonsenseIsRefused(_ body: String) async throws {
        let answer = try await AssayServer.shared.send("POST", "/judge0/submissions", text: body)
        #expect(answer.status == 400)
        #expect(answer["error"].string != nil)
    }

    @Test func unknownTokensAreNotFound() async throws {
        for token in ["x", "00000000-0000-4000-8000-000000000000"] {
            let answer = try await send("GET", "/submissions/\(token)")
            #expect(answer.status == 404)
            #expect(answer["error"].string != nil)
            #expect(try await send("DELETE", "/submissions/\(token)").status == 404)
        }
        // A submission of another interface has no token.
        let other = try await AssayServer.shared.send(
            "POST", "/v1/submissions?wait=10s", ["language": "python3", "files": ["main.py": "1"]])
        let id = try #require(other["id"].string.flatMap { SubmissionID($0) })
        #expect(try await send("GET", "/submissions/\(id.uuid)").status == 404)
    }

    // MARK: - Batches, lists, removal

    @Test func aBatchIsTakenItemByItem() async throws {
        let answer = try await send(
            "POST", "/submissions/batch",
            [
                "submissions": [
                    ["language_id": 71, "source_code": "print(1)"], ["language_id": 71],
                    ["language_id": 46, "source_code": "echo 2"],
                ]
            ])
        #expect(answer.status == 201)
        let items = answer.json.items
        #expect(items.count == 3)
        #expect(items[1] == ["source_code": ["can't be blank"]])
        let tokens = [items[0], items[2]].compactMap { $0["token"].string }
        var found: AssayServer.Exchange
        repeat {
            try await Task.sleep(for: .milliseconds(50))
            found = try await send(
                "GET", "/submissions/batch?tokens=\(tokens[0]),unknown,\(tokens[1])&fields=status_id,stdout")
            #expect(found.status == 200)
        } while found["submissions"].items.contains { ($0["status_id"].number ?? 3) < 3 }
        #expect(
            found["submissions"] == [
                ["status_id": 3, "stdout": "1\n"], .null, ["status_id": 3, "stdout": "2\n"],
            ])
    }

    @Test func batchesHaveBounds() async throws {
        let none = try await send("POST", "/submissions/batch", ["submissions": []])
        #expect(none.status == 400)
        #expect(none.json == ["error": "there should be at least one submission in a batch"])
        let item: JSONValue = ["language_id": 43, "source_code": "x"]
        let many = try await send(
            "POST", "/submissions/batch", ["submissions": .array(Array(repeating: item, count: 21))])
        #expect(many.status == 400)
        #expect(many.json == ["error": "number of submissions in a batch should be less than or equal to 20"])
        let full = try await send(
            "POST", "/submissions/batch", ["submissions": .array(Array(repeating: item, count: 20))])
        #expect(full.status == 201)
        #expect(try await send("GET", "/submissions/batch").status == 400)
        let bad = try await send("POST", "/submissions/batch", ["submissions": [["language_id": 71], [:]]])
        #expect(bad.status == 422)
    }

    @Test func aFullQueueSaysSo() async throws {
        try await AssayServer.serving(settings: ["queue-submissions=1", "slots=1"]) { service in
            let body: JSONValue = ["language_id": 46, "source_code": "sleep 9"]
            let first = try await service.send("POST", "/judge0/submissions", body)
            let path = "/judge0/submissions/\(first["token"].string ?? "")?fields=status_id"
            // The second one waits only once the first one runs.
            while try await service.send("GET", path)["status_id"] == 1 { try await Task.sleep(for: .milliseconds(20)) }
            let second = try await service.send("POST", "/judge0/submissions", body)
            #expect(second.status == 201)
            let last = try await service.send("POST", "/judge0/submissions", body)
            #expect(last.status == 503)
            #expect(last.json == ["error": "queue is full"])
            let batch = try await service.send("POST", "/judge0/submissions/batch", ["submissions": [body]])
            #expect(batch.status == 503)
            #expect(batch.json == ["error": "queue is full"])
            for answer in [last, batch] { #expect(answer.headers["retry-after"].flatMap { Int($0) } ?? 0 >= 1) }
        }
    }

    @Test func submissionsAreListedInPagesAndRemoved() async throws {
        try await AssayServer.serving(settings: ["judge0-prefix=/,/judge0"]) { service in
            var tokens: [String] = []
            for number in 1...5 {
                let answer = try await service.send(
                    "POST", "/submissions?wait=true", ["language_id": 43, "source_code": .string("\(number)")])
                tokens.append(try #require(answer["token"].string))
            }
            let page = try await service.send("GET", "/judge0/submissions?page=2&per_page=2&fields=stdout")
            #expect(page.status == 200)
            #expect(page["submissions"] == [["stdout": "3"], ["stdout": "2"]])
            #expect(
                page["meta"] == [
                    "current_page": 2, "next_page": 3, "prev_page": 1, "total_pages": 3, "total_count": 5,
                ])
            let ends = try await service.send("GET", "/submissions?page=3&per_page=2")
            #expect(ends["meta"]["next_page"] == .null)
            #expect(ends["submissions"].items.count == 1)
            #expect(try await service.send("GET", "/submissions?page=0").status == 400)
            let removed = try await service.send("DELETE", "/submissions/\(tokens[0])?fields=stdout")
            #expect(removed.status == 200)
            #expect(removed.json == ["stdout": "1"])
            #expect(try await service.send("GET", "/submissions/\(tokens[0])").status == 404)
            #expect(try await service.send("GET", "/submissions")["meta"]["total_count"] == 4)
            let running = try await service.send(
                "POST", "/submissions", ["language_id": 46, "source_code": "sleep 2"])
            let refused = try await service.send("DELETE", "/submissions/\(running["token"].string ?? "")")
            #expect(refused.status == 400)
            #expect(refused["error"].string?.hasPrefix("submission cannot be deleted because its status is ") == true)
            let statistics = try await service.send("GET", "/statistics")
            #expect(statistics["submissions"]["total"] == 5)
        }
    }

    // MARK: - Callbacks

    /// Answers the first PUT with 500 and later ones with 200, and prints each body.
    private static let receiver = """
        import http.server, sys
        class Handler(http.server.BaseHTTPRequestHandler):
            count = 0
            def do_PUT(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                Handler.count += 1
                self.send_response(500 if Handler.count == 1 else 200)
                self.end_headers()
                print(self.headers["Content-Type"], body.decode(), flush=True)
                if Handler.count == 2: sys.exit()
            def log_message(self, *_): pass
        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        print(server.server_port, flush=True)
        while Handler.count < 2: server.handle_request()
        """

    @Test func theEndIsToldToTheCallbackURL() async throws {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-c", Self.receiver]
        process.standardOutput = pipe
        try process.run()
        defer { process.terminate() }
        var text = ""
        func lines(_ count: Int) -> [Substring] {
            while text.split(separator: "\n").count < count || !text.hasSuffix("\n") {
                let data = pipe.fileHandleForReading.availableData
                if data.isEmpty { break }
                text += String(decoding: data, as: UTF8.self)
            }
            return text.split(separator: "\n")
        }
        let port = try #require(lines(1).first)
        try await AssayServer.serving(settings: ["judge0-private-callbacks=on"]) { service in
            let answer = try await service.send(
                "POST", "/judge0/submissions",
                [
                    "language_id": 71, "source_code": "print('hi')",
                    "callback_url": .string("http://127.0.0.1:\(port)/done"),
                ])
            let told = lines(3).dropFirst()
            #expect(told.count == 2)
            let message = try #require(told.last)
            #expect(message.hasPrefix("application/json "))
            let body = try JSONDecoder().decode(
                JSONValue.self, from: Data(message.dropFirst("application/json ".count).utf8))
            #expect(body.keys == Self.usualFields)
            #expect(body["token"] == answer["token"])
            #expect(body["stdout"] == .string(Data("hi\n".utf8).base64EncodedString()))
            #expect(body["status"]["id"] == 3)
        }
    }

    // MARK: - Facts

    @Test func languagesAreThoseThatRunHere() async throws {
        let list = try await send("GET", "/languages")
        let ids = (list.json.items).compactMap { $0["id"].number.map { Int($0) } }
        #expect(Set([43, 44, 46, 50, 54, 62, 63, 71, 82, 89]).isSubset(of: Set(ids)))
        #expect(!ids.contains(70))
        for item in list.json.items { #expect(item.keys == ["id", "name"]) }
        let all = try await send("GET", "/languages/all")
        for item in all.json.items { #expect(item.keys == ["id", "name", "is_archived"]) }
        let one = try await send("GET", "/languages/50")
        #expect(one.json.keys == ["id", "name", "is_archived", "source_file", "compile_cmd", "run_cmd"])
        #expect(one["name"].string?.hasPrefix("C (GCC ") == true)
        #expect(one["source_file"] == "main.c")
        #expect(one["compile_cmd"].string?.contains("%s") == true)
        #expect(try await send("GET", "/languages/71")["compile_cmd"] == .null)
        #expect(try await send("GET", "/languages/70").status == 404)
        #expect(try await send("GET", "/languages/x").status == 404)
    }

    @Test func statusesAreListed() async throws {
        let list = try await send("GET", "/statuses").json.items
        #expect(list.count == 14)
        #expect(list[0] == ["id": 1, "description": "In Queue"])
        #expect(list[10] == ["id": 11, "description": "Runtime Error (NZEC)"])
        #expect(list[13] == ["id": 14, "description": "Exec Format Error"])
    }

    @Test func theServiceTellsOfItself() async throws {
        #expect(try await send("GET", "/about")["version"] == "1.13.1")
        #expect(try await send("GET", "/version").text == "1.13.1")
        let configuration = try await send("GET", "/config_info")
        #expect(configuration.json.keys.count == 39)
        #expect(configuration["max_cpu_time_limit"] == 15)
        #expect(configuration["allowed_languages_for_compile_options"] == [])
        #expect(configuration["max_queue_size"] == 10_000)
        #expect(try await send("GET", "/license").text.contains("Apache"))
        #expect(try await send("GET", "/isolate").text.contains("backend native"))
        #expect(try await send("GET", "/system_info")["Architecture"] != .null)
        let workers = try await send("GET", "/workers").json.items
        #expect(
            workers[0].keys == ["queue", "size", "available", "idle", "working", "paused", "failed"])
        for path in ["/authenticate", "/authorize"] { #expect(try await send("POST", path).status == 200) }
        #expect(try await send("GET", "/statistics")["languages"] != .null)
        for path in ["/languages/", "/about/", "/submissions/"] { #expect(try await send("GET", path).status == 200) }
    }

    @Test func pagesOfOtherOriginsMayCall() async throws {
        let answer = try await send("OPTIONS", "/submissions")
        #expect(answer.status == 204)
        #expect(answer.headers["access-control-allow-origin"] == "*")
        #expect(answer.headers["access-control-allow-headers"]?.contains("X-Auth-Token") == true)
    }
}
