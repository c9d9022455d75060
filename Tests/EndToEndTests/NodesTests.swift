import Foundation
import PostgresFixture
import Testing

/// A node that takes submissions and one that grades them have nothing in common but the database.
@Suite(
    .serialized, .enabled("sandboxes are made by root") { AssayServer.isPossible },
    .enabled("PostgreSQL is not installed") { PostgresServer.isInstalled })
struct NodesTests {
    @Test func tasksAndFilesReachTheWorkerThroughTheDatabase() async throws {
        try await withDatabase { directory, url in
            // The front has no worker to learn from yet, and waits for one.
            async let starting = node("front", "api", url, directory)
            let worker = try await node("grader", "worker", url, directory)
            let front = try await starting
            let archive = directory + "/task.tar.gz"
            let packed = try await ChildProcess.run([
                "tar", "-czf", archive, "-C", Checkout.root + "/Examples/native", "subtasks",
            ])
            try #require(packed.status == 0, "\(packed.errors)")
            #expect(try await front.curl("/v1/tasks/neighbours", ["-T", archive]).status == 201)
            let report = try await front.grade([
                "language": "python3", "task": "neighbours",
                "files": ["main.py": "input()\nprint(sum(map(int, input().split())))"],
            ])
            #expect(report["verdict"] == "wrong-answer" && report["maximum_score"] == 100, "\(report)")
            let run: JSONValue = [
                "run_spec": [
                    "language_id": "python3", "sourcefilename": "main.py", "sourcecode": "print(open('data').read())",
                    "file_list": [["abcdefgh", "data"]],
                ]
            ]
            let file: JSONValue = ["file_contents": "aGVsbG8="]
            #expect(try await front.send("PUT", "/jobe/index.php/restapi/files/abcdefgh", file).status == 204)
            let outcome = try await front.send("POST", "/jobe/index.php/restapi/runs", run)
            #expect(outcome["stdout"] == "hello\n", "\(outcome.text)")

            let nodes = try await front.curl("/v1/nodes").json["nodes"].items
            #expect(nodes.map { $0["name"] } == ["front", "grader"])
            #expect(nodes.map { $0["role"] } == ["api", "worker"])
            #expect(nodes[1]["backends"]["native"].string != nil && nodes[1]["slots"]["total"] == 1)
            let metrics = try await worker.curl("/metrics").body
            #expect(metrics.contains(#"assay_nodes{role="worker",state="alive"} 1"#), "\(metrics)")
            #expect(try await worker.curl("/readyz").status == 200)
            #expect(try await worker.curl("/v1/submissions").status == 404, "a worker answers no clients")
            // What cannot be graded here cannot be checked here.
            #expect(try await front.curl("/v1/tasks/neighbours/check", ["-X", "POST"]).status == 503)
            #expect(await worker.stop() == 0)
            #expect(try await front.curl("/v1/nodes").json["nodes"].items.map { $0["name"] } == ["front"])
            #expect(await front.stop() == 0)
        }
    }

    @Test func aNameBelongsToOneNode() async throws {
        try await withDatabase { directory, url in
            let first = try await node("same", "worker", url, directory)
            await #expect { _ = try await node("same", "worker", url, directory + "/other") } throws: { error in
                "\(error)".contains("another node that shares the database is named 'same'")
            }
            await first.kill()
            // A new life of a node that was killed takes up its name at once.
            let second = try await node("same", "worker", url, directory)
            #expect(await second.stop() == 0)
        }
    }

    /// As after a failover: the server that is reached takes no writes, for a while.
    @Test func aDatabaseThatIsReadOnlyIsReportedAndRecoveredFrom() async throws {
        try await withDatabaseServer { directory, url, database in
            let server = try await node("only", "all", url, directory)
            let program: JSONValue = ["language": "bash", "files": ["main.sh": "sleep 2; echo kept"]]
            let early = try await server.send("POST", "/v1/submissions", program)
            #expect(early.status == 202)
            try database.execute("ALTER SYSTEM SET default_transaction_read_only = on")
            try database.execute("SELECT pg_reload_conf()")
            var refused = try await server.send("POST", "/v1/submissions", program)
            // Sessions read the new setting between two statements.
            for _ in 0..<100 where refused.status == 202 {
                try await Task.sleep(for: .milliseconds(50))
                refused = try await server.send("POST", "/v1/submissions", program)
            }
            #expect(refused.status == 503)
            #expect(refused.text.contains("read-only"), "\(refused.text)")
            #expect(refused.headers["retry-after"] != nil)
            let ready = try await server.send("GET", "/readyz")
            #expect(ready.status == 503)
            #expect(ready.text.contains("read-only"), "\(ready.text)")
            #expect(try await server.send("GET", "/livez").status == 200)
            try database.execute("ALTER SYSTEM RESET default_transaction_read_only")
            try database.execute("SELECT pg_reload_conf()")
            try await eventually("ready again") { try await server.send("GET", "/readyz").status == 200 }
            try await eventually("what was taken is graded") {
                let id = early["id"].string ?? ""
                return try await server.send("GET", "/v1/submissions/\(id)?wait=10s")["status"] == "finished"
            }
            let kept = try await server.send("GET", "/v1/submissions/\(early["id"].string ?? "")")
            #expect(kept["report"]["verdict"] == "accepted", "\(kept.text)")
            #expect(try await server.grade(program)["verdict"] == "accepted")
            #expect(await server.stop() == 0)
        }
    }

    @Test func aRoleNeedsASharedDatabase() async throws {
        try await withScratchDirectory { (directory) -> Void in
            await #expect { _ = try await AssayServer(directory: directory, settings: ["role=worker"]) } throws: {
                error in
                "\(error)".contains("needs a database that other nodes share")
            }
        }
    }

    @Test func passwordsAreNotPrinted() async throws {
        for (url, shown) in [
            ("postgres://a:secret@h/d?sslmode=require", "postgres://a:***@h/d?sslmode=require"),
            (
                "postgres://h/d?user=a&password=secret&sslmode=require",
                "postgres://h/d?user=a&password=***&sslmode=require"
            ),
            ("postgresql://a@h:1/d", "postgresql://a@h:1/d"), ("/tmp/a:b@c", "/tmp/a:b@c"),
        ] {
            let printed = try await ChildProcess.run([
                Checkout.program("assay"), "serve", "--database", url, "--print-config",
            ])
            #expect(printed.output.contains("\ndatabase: \"\(shown)\"\n"), "\(printed.output)")
        }
    }

    private func withDatabase(_ body: (String, String) async throws -> Void) async throws {
        try await withDatabaseServer { directory, url, _ in try await body(directory, url) }
    }

    private func withDatabaseServer(_ body: (String, String, PostgresServer) async throws -> Void) async throws {
        try await withScratchDirectory { directory in
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory)
            let place = directory + "/postgres"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            let database = try PostgresServer(in: place, settings: ["fsync = off"])
            defer { try? database.stop("immediate") }
            try await body(directory, try database.makeDatabase(), database)
        }
    }

    private func node(_ name: String, _ role: String, _ url: String, _ directory: String) async throws -> AssayServer {
        let place = "\(directory)/\(name)"
        try FileManager.default.createDirectory(atPath: place + "/languages", withIntermediateDirectories: true)
        for language in ["python3", "bash"]
        where !FileManager.default.fileExists(atPath: "\(place)/languages/\(language).yaml") {
            try FileManager.default.copyItem(
                atPath: "\(Checkout.root)/Languages/\(language).yaml", toPath: "\(place)/languages/\(language).yaml")
        }
        return try await AssayServer(
            directory: place,
            settings: [
                "database=\(url)", "role=\(role)", "node=\(name)", "slots=\(role == "api" ? 0 : 1)",
                "languages=\(place)/languages",
            ])
    }
}
