import Foundation
import Testing

/// Nothing of a hidden test, of a checker's word to the judges, of a grader or its files is to be read with a student's
/// token, by whatever door and whatever the student's program does.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible })
struct HiddenTestsTests {
    /// Everything that is secret has this in it. The student's programs print what they are given.
    private static let mark = "SECRET"

    /// Files by task. Each has a sample, which is no secret, or a grader.
    private static let tasks: [String: [String: String]] = [
        "groups": [
            "task.yaml": """
            title: Groups
            checker: { program: judge.py }
            limits: { cpu: 2s, wall: 20s }
            groups:
              - { name: sample, visibility: sample, points: 0, tests: [{ input: open, expected: open }] }
              - { name: hidden, points: 10, tests: [{ input: SECRET-input, expected: SECRET-output }] }
            """,
            "judge.py": """
            import sys
            output = sys.stdin.read()
            with open(sys.argv[3] + "judgemessage.txt", "w") as file:
                file.write("message " + output)
            sys.exit(43)
            """,
            "solutions/accepted/SECRET.py": "print('SECRET')",
        ],
        "broken": [
            "task.yaml": """
            title: A checker that fails
            checker: { program: judge.py }
            tests: [{ input: SECRET-input, expected: SECRET-output }]
            """,
            "judge.py": "import sys\nraise SystemExit('SECRET ' + open(sys.argv[2]).read())\n",
        ],
        "list": [
            "task.yaml": "title: A list\ntests: [{ input: SECRET-in, expected: SECRET-out, args: [SECRET-arg] }]\n"
        ],
        "grader": [
            "task.yaml": """
            title: A grader that crashes
            grader: { files: grader, command: [python3, grade.py] }
            """,
            "grader/grade.py":
                "import assay\nrun = assay.run(stdin='x')\nprint('SECRET')\nraise SystemExit('SECRET')\n",
        ],
        "autograder": [
            "run_autograder": """
            #!/bin/bash
            echo SECRET output of the autograder
            cat > /autograder/results/results.json <<< '{
                "stdout_visibility": "hidden", "extra_data": {"SECRET": 1}, "output": "open",
                "tests": [
                    {"name": "open", "score": 1, "max_score": 1, "output": "seen", "extra_data": "SECRET"},
                    {"name": "SECRET", "score": 0, "max_score": 1, "output": "SECRET", "visibility": "hidden"},
                    {"name": "SECRET later", "score": 0, "max_score": 1, "visibility": "after_due_date"}]}'
            """
        ],
    ]

    /// Prints what it is told, and tells a part of it by its exit code.
    private static let leak = """
        import sys
        text = sys.stdin.read() + " ".join(sys.argv[1:])
        print(text)
        sys.stderr.write(text)
        """

    /// Writes the body of each request to a line of its own.
    private static let receiver = """
        import http.server, threading
        writing = threading.Lock()
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                with writing: print(body, flush=True)
                self.send_response(204)
                self.end_headers()
            do_PUT = do_POST
            def log_message(self, *_): pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        print(server.server_port, flush=True)
        server.serve_forever()
        """

    @Test func areNowhereToBeRead() async throws {
        try await withScratchDirectory { directory in
            let told = directory + "/told"
            let receiver = try ChildProcess(
                ["python3", "-c", Self.receiver], output: told, errors: told + ".errors")
            defer { receiver.signal(SIGKILL) }
            func lines() throws -> [Substring] {
                try String(contentsOfFile: told, encoding: .utf8).split(separator: "\n")
            }
            try await eventually("the receiver listens") { ((try? lines()) ?? []).count == 1 }
            let webhook = "http://127.0.0.1:\(try lines()[0])/"
            let server = try await TokenServer(
                directory: directory, settings: ["webhook-secret=sixteen letters..", "webhook-private=on"])
            for (name, files) in Self.tasks {
                let file = try await Self.archive(name, files, in: directory)
                let put = try await server.teacher("/v1/tasks/\(name)", ["-T", file])
                #expect(put.status == 201, "\(put.body)")
            }
            var ids: [String] = []
            for name in Self.tasks.keys.sorted() {
                for code in ["", "sys.exit(len(text))", "import os\nos.kill(0, len(text) % 30 + 1)"] {
                    let id = try await server.submit(
                        Self.leak + "\n" + code, to: name, more: ["webhook": .string(webhook)])
                    ids.append(id)
                    let teacher = try await server.teacher("/v1/submissions/\(id)?wait=60s").body
                    #expect(teacher.contains(Self.mark), "the teacher sees why \(name) came out so: \(teacher)")
                }
            }
            // So that there is a history to be read, which has it all for the teacher.
            for id in ids {
                #expect(try await server.teacher("/v1/submissions/\(id)/rejudge", ["-X", "POST"]).status == 202)
                _ = try await server.ended(id)
                let history = try await server.teacher("/v1/submissions/\(id)/history").body
                #expect(history.contains(Self.mark), "\(history)")
            }
            for path in Self.paths(ids) {
                let seen = try await server.student(path.path, path.arguments)
                #expect(!seen.body.contains(Self.mark), "\(path.path): \(seen.body)")
                #expect(seen.status < 500, "\(path.path): \(seen.body)")
                // Another student reads nothing of it, and who reads everything sees what students see.
                let other = try await server.other(path.path, path.arguments)
                #expect(!other.body.contains(Self.mark), "\(path.path): \(other.body)")
                let reader = try await server.reader(path.path, path.arguments)
                #expect(!reader.body.contains(Self.mark), "\(path.path): \(reader.body)")
            }
            for id in ids { #expect(try await server.other("/v1/submissions/\(id)").status == 404) }
            // As it happens, not only afterwards.
            for name in Self.tasks.keys {
                let id = try await server.submit(Self.leak, to: name, more: ["webhook": .string(webhook)])
                let live = try await server.student("/v1/submissions/\(id)/events", ["--max-time", "60"]).body
                #expect(live.contains("event: done") && !live.contains(Self.mark), "\(live)")
            }
            let programs = Self.tasks.keys.map { task in
                #"{"language":"python3","task":"\#(task)","files":{"main.py":"print(input())"}}"#
            }
            let batch = #"{"submissions":["# + programs.joined(separator: ",") + "]}"
            let together = try await server.student("/v1/submissions/batch", ["--json", batch])
            #expect(together.status == 202 && !together.body.contains(Self.mark), "\(together.body)")
            // The first line is the port.
            let deliveries = ids.count + Self.tasks.count
            try await eventually("every webhook is told") { ((try? lines()) ?? []).count > deliveries }
            #expect(try lines().allSatisfy { !$0.contains(Self.mark) }, "what a webhook is told")
            // What is no secret is shown.
            let autograder = try await server.student("/v1/submissions/\(ids[0])").body
            #expect(autograder.contains("seen"), "\(autograder)")
            #expect(try await server.student("/v1/tasks/groups").body.contains("open"))
            await server.stop()
        }
    }

    /// Every door that a student can try.
    private static func paths(_ ids: [String]) -> [(path: String, arguments: [String])] {
        var paths: [(String, [String])] = [
            ("/v1/tasks", []), ("/v1/submissions", []), ("/v1/submissions?limit=200", []), ("/v1/me", []),
            ("/v1/backends", []), ("/v1/languages", []), ("/metrics", []), ("/readyz", []), ("/openapi.yaml", []),
            ("/submissions", []), ("/submissions/?fields=*", []), ("/jobe/index.php/restapi/languages", []),
            ("/submissions/batch?fields=*&tokens=" + ids.joined(separator: ","), []), ("/", []),
            ("/v1/nodes", []), ("/livez", []), ("/v1/webhooks/dead", []), ("/v1/webhooks/dead?limit=100", []),
            ("/v1/submissions?status=finished&search=secret-input", []),
            ("/v1/submissions", ["-X", "DELETE"]),
            ("/v1/submissions?ended_before=2030-01-01T00:00:00Z", ["-X", "DELETE"]),
            ("/v1/submissions/batch", ["--json", #"{"submissions":[]}"#]),
        ]
        for route in ["rejudge", "cancel"] {
            paths.append(("/v1/submissions/\(route)", ["--json", #"{"task":"groups"}"#]))
            paths.append(("/v1/submissions/\(route)", ["--json", #"{"verdict":"internal-error"}"#]))
        }
        for name in tasks.keys {
            paths += [
                ("/v1/tasks/\(name)", []), ("/v1/tasks/\(name)/archive", []),
                ("/v1/tasks/\(name)/archive?version=1", []), ("/v1/tasks/\(name)/check", ["-X", "POST"]),
                ("/v1/tasks/\(name)", ["-X", "DELETE"]), ("/v1/tasks/\(name)", ["-X", "PUT", "-d", "x"]),
                ("/v1/tasks/%2e%2e/\(name)", []),
            ]
            for body in [
                #"{"language":"python3","task":"\#(name)","files":{}}"#,
                #"{"language":"no","task":"\#(name)","files":{"a.py":""}}"#,
                #"{"language":"python3","task":"\#(name)","tests":[{}],"files":{"a.py":""}}"#,
                #"{"language":"python3","task":"\#(name)","limits":{"cpu_seconds":0},"files":{"a.py":""}}"#,
            ] {
                paths.append(("/v1/submissions", ["--json", body]))
            }
        }
        for id in ids {
            paths += [
                ("/v1/submissions/\(id)", []), ("/v1/submissions/\(id)?wait=1s", []),
                ("/v1/submissions/\(id)/events", ["--max-time", "20"]), ("/v1/submissions/\(id)/artefacts", []),
                ("/v1/submissions/\(id)/report", []), ("/v1/submissions/\(id)", ["-X", "DELETE"]),
                ("/v1/submissions/\(id)/history", []), ("/v1/submissions/\(id)/rejudge", ["-X", "POST"]),
                ("/v1/submissions/\(id)?purge=true", ["-X", "DELETE"]), ("/v1/submissions/\(id)/webhooks", []),
                ("/v1/webhooks/dead/\(id)/retry", ["-X", "POST"]),
                ("/v1/submissions/\(id)/events", ["--max-time", "20", "-H", "Last-Event-ID: 0"]),
                ("/submissions/\(id)?fields=*", []), ("/submissions/\(id)?base64_encoded=true&fields=*", []),
                ("/jobe/index.php/restapi/files/\(id)", []), ("/jobe/index.php/restapi/runresults/\(id)", []),
            ]
        }
        return paths
    }

    /// Packs a task with real tar.
    static func archive(_ name: String, _ files: [String: String], in directory: String) async throws -> String {
        let root = "\(directory)/\(name)"
        for (path, text) in files {
            let file = URL(fileURLWithPath: "\(root)/\(path)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: false, encoding: .utf8)
        }
        let packed = "\(directory)/\(name).tar.gz"
        let result = try await ChildProcess.run(["tar", "-czf", packed, "-C", directory, name])
        try #require(result.status == 0, "\(result.errors)")
        return packed
    }
}
