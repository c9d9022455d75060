import Foundation
import Testing

/// Telling a webhook that a submission has ended, to a real receiver that checks the signature with Python's own HMAC.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible }, .serialized)
struct WebhookTests {
    private static let secret = "a secret of some length"

    /// Writes a line for each request. What it answers is in the path: `/500-200` answers 500 the first time and 200 from
    /// then on, `/302` leads to `/landed`, `/slow` never answers. Requests come at the same time, and `print` writes a
    /// line's end by itself.
    private static let receiver = """
        import base64, hashlib, hmac, http.server, json, sys, threading, time
        seen = {}
        writing = threading.Lock()
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                name = self.path.strip("/")
                count = seen[name] = seen.get(name, 0) + 1
                signed = f'{self.headers["Webhook-Id"]}.{self.headers["Webhook-Timestamp"]}.'.encode() + body
                wanted = "v1," + base64.b64encode(hmac.new(sys.argv[1].encode(), signed, hashlib.sha256).digest()).decode()
                fresh = abs(time.time() - int(self.headers["Webhook-Timestamp"] or 0)) < 300
                line = json.dumps({"path": name, "count": count, "method": self.command, "fresh": fresh,
                                   "signed": self.headers["Webhook-Signature"] == wanted, "body": json.loads(body)})
                with writing: print(line, flush=True)
                if name == "slow": time.sleep(60)
                answers = [int(word) for word in name.split("-") if word.isdigit()] or [200]
                self.send_response(answers[min(count, len(answers)) - 1])
                if name == "302": self.send_header("Location", "/landed")
                self.send_header("Content-Length", "0")
                self.end_headers()
            do_PUT = do_GET = do_POST
            def log_message(self, *_): pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler)
        server.daemon_threads = True
        print(json.dumps({"port": server.server_port}), flush=True)
        server.serve_forever()
        """

    /// The receiver, and what it has written so far.
    private final class Receiver: Sendable {
        let child: ChildProcess
        let output: String

        init(directory: String, port: Int = 0) throws {
            output = directory + "/receiver-\(UUID().uuidString)"
            child = try ChildProcess(
                ["python3", "-c", WebhookTests.receiver, WebhookTests.secret, "\(port)"], output: output,
                errors: output + ".errors")
        }

        func lines() throws -> [JSONValue] {
            try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: true)
                .compactMap { try? JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) }
        }

        func port() async throws -> Int {
            while true {
                if let port = try lines().first?["port"].number { return Int(port) }
                try #require(child.isRunning)
                try await Task.sleep(for: .milliseconds(20))
            }
        }

        func requests(to path: String) throws -> [JSONValue] {
            try lines().filter { $0["path"] == .string(path) }
        }
    }

    private static func submission(_ url: String) -> JSONValue {
        ["language": "bash", "files": ["main.sh": "echo hi"], "webhook": .string(url)]
    }

    private func dead(_ server: AssayServer) async throws -> [JSONValue] {
        try await server.send("GET", "/v1/webhooks/dead")["deliveries"].items
    }

    @Test func theEndIsToldSignedAndRepeatedAndGivenUp() async throws {
        try await withScratchDirectory { directory in
            let receiver = try Receiver(directory: directory)
            defer { receiver.child.signal(SIGKILL) }
            let base = "http://127.0.0.1:\(try await receiver.port())"
            let settings = [
                "webhook-secret=\(Self.secret)", "webhook-private=on", "webhook-pause=100ms", "webhook-attempts=3",
                "webhook-timeout=1s",
            ]
            try await AssayServer.serving(settings: settings) { server in
                let answer = try await server.send("POST", "/v1/submissions", Self.submission(base + "/500-200"))
                let id = answer["id"]
                try await eventually("told twice") { try receiver.requests(to: "500-200").count == 2 }
                let told = try receiver.requests(to: "500-200")[1]
                #expect(told["signed"] == true && told["fresh"] == true && told["method"] == "POST")
                #expect(told["body"]["type"] == "submission.finished")
                #expect(told["body"]["data"]["id"] == id)
                #expect(told["body"]["data"]["report"]["tests"][0]["stdout"] == "hi\n")

                for path in ["410", "302", "503", "slow"] {
                    _ = try await server.send("POST", "/v1/submissions", Self.submission("\(base)/\(path)"))
                }
                try await eventually("four given up") { try await dead(server).count == 4 }
                let attempts = Dictionary(
                    uniqueKeysWithValues: try await dead(server).map { ($0["url"].string ?? "", $0["attempts"]) })
                #expect(attempts[base + "/410"] == 1, "a refusal is final")
                #expect(attempts[base + "/302"] == 1, "a redirect is not followed")
                #expect(try receiver.requests(to: "landed").isEmpty)
                #expect(attempts[base + "/503"] == 3)
                #expect(attempts[base + "/slow"] == 3)

                let gone = try #require(try await dead(server).first { $0["url"] == .string(base + "/410") })
                let retry = "/v1/webhooks/dead/\(gone["submission"].string ?? "")/retry"
                #expect(try await server.send("POST", retry).status == 204)
                try await eventually("tried again") { try receiver.requests(to: "410").count == 2 }
                let metrics = try await server.curl("/metrics").body
                #expect(metrics.contains(#"assay_webhook_deliveries_total{result="delivered"} 1"#))
            }
        }
    }

    @Test func whatIsNotPublicIsNotReached() async throws {
        try await withScratchDirectory { directory in
            let receiver = try Receiver(directory: directory)
            defer { receiver.child.signal(SIGKILL) }
            let port = try await receiver.port()
            try await AssayServer.serving(settings: ["webhook-secret=\(Self.secret)"]) { server in
                let hosts = ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433"]
                for host in hosts {
                    _ = try await server.send(
                        "POST", "/v1/submissions", Self.submission("http://\(host):\(port)/200"))
                }
                try await eventually("all given up") { try await dead(server).count == hosts.count }
                for delivery in try await dead(server) {
                    #expect(delivery["attempts"] == 1)
                    #expect(delivery["error"] == "its address is not public", "\(delivery)")
                }
                #expect(try receiver.requests(to: "200").isEmpty)
                let scheme = try await server.send("POST", "/v1/submissions", Self.submission("file:///etc/passwd"))
                #expect(scheme.status == 422)
            }
        }
    }

    /// What was not told when the service died is told by the next one, to v1's and to Judge0's clients.
    @Test func theOutboxSurvivesTheService() async throws {
        try await withScratchDirectory { directory in
            let first = try Receiver(directory: directory)
            let port = try await first.port()
            first.child.signal(SIGKILL)
            _ = await first.child.wait()
            let identity = AssayServer.Identity()
            let settings = [
                "webhook-secret=\(Self.secret)", "webhook-private=on", "webhook-pause=1s",
                "judge0-private-callbacks=on",
            ]
            let server = try await AssayServer(directory: directory, identity: identity, settings: settings)
            let id = try #require(
                try await server.send(
                    "POST", "/v1/submissions", Self.submission("http://127.0.0.1:\(port)/v1"))["id"].string)
            let token = try await server.send(
                "POST", "/judge0/submissions?wait=true",
                [
                    "language_id": 46, "source_code": "echo hi",
                    "callback_url": .string("http://127.0.0.1:\(port)/judge0"),
                ])["token"]
            _ = try await server.send("GET", "/v1/submissions/\(id)?wait=30s")
            await server.kill()

            let receiver = try Receiver(directory: directory, port: port)
            defer { receiver.child.signal(SIGKILL) }
            _ = try await receiver.port()
            let next = try await AssayServer(directory: directory, identity: identity, settings: settings)
            try await eventually("both told") {
                try !receiver.requests(to: "v1").isEmpty && !receiver.requests(to: "judge0").isEmpty
            }
            #expect(try receiver.requests(to: "v1")[0]["body"]["data"]["id"] == .string(id))
            let told = try receiver.requests(to: "judge0")[0]
            #expect(told["method"] == "PUT")
            #expect(told["body"]["status"]["id"] == 3)
            #expect(token == .null || told["body"]["token"] == token)
            #expect(await next.stop() == 0)
        }
    }

    @Test func withoutASecretThereAreNone() async throws {
        try await AssayServer.serving { server in
            let answer = try await server.send("POST", "/v1/submissions", Self.submission("https://example.org/"))
            #expect(answer.status == 422)
            #expect(answer["errors"][0]["field"] == "webhook")
        }
    }
}
