import Foundation
import Testing

/// Whatever is sent, the answer says what is wrong with it, and the service goes on.
@Suite(
    .enabled("sandboxes are made by root") { AssayServer.isPossible },
    .serving(settings: ["body-limit=64 KiB", "source-limit=32 KiB"]))
struct BadRequestTests {
    struct BadRequest: Sendable, CustomTestStringConvertible {
        let name: String
        let body: String
        let status: Int
        /// The field that the answer must name.
        let field: String?

        init(_ name: String, _ body: String, _ status: Int, _ field: String?) {
            self.name = name
            self.body = body
            self.status = status
            self.field = field
        }

        var testDescription: String { name }
    }

    @Test(arguments: [
        BadRequest("nothing", "", 400, nil),
        BadRequest("no JSON", "language=c", 400, nil),
        BadRequest("half a document", #"{"language": "c", "files": {"#, 400, nil),
        BadRequest("a list", "[]", 400, nil),
        BadRequest("two documents", "{} {}", 400, nil),
        BadRequest("deep nesting", String(repeating: "[", count: 20_000), 400, nil),
        BadRequest("a control character", "{\"language\": \"\u{0}\", \"files\": {\"main.c\": \"\"}}", 400, nil),
        BadRequest("no language", #"{"files": {"main.c": ""}}"#, 400, "language"),
        BadRequest("a number for a language", #"{"language": 7, "files": {"main.c": ""}}"#, 400, "language"),
        BadRequest("null for a language", #"{"language": null, "files": {"main.c": ""}}"#, 400, "language"),
        BadRequest("an unknown language", #"{"language": "klingon", "files": {"main.c": ""}}"#, 422, "language"),
        BadRequest("no files", #"{"language": "c"}"#, 400, "files"),
        BadRequest("empty files", #"{"language": "c", "files": {}}"#, 422, "files"),
        BadRequest("a list of files", #"{"language": "c", "files": ["main.c"]}"#, 400, "files"),
        BadRequest("a number for a file", #"{"language": "c", "files": {"main.c": 7}}"#, 400, #"files["main.c"]"#),
        BadRequest(
            "bad base 64", #"{"language": "c", "files": {"main.c": {"base64": "?"}}}"#, 400, #"files["main.c"].base64"#),
        BadRequest("..", #"{"language": "c", "files": {"../main.c": ""}}"#, 422, #"files["../main.c"]"#),
        BadRequest("an absolute path", #"{"language": "c", "files": {"/main.c": ""}}"#, 422, #"files["/main.c"]"#),
        BadRequest("NUL in a name", #"{"language": "c", "files": {"a\u0000.c": ""}}"#, 422, "files"),
        BadRequest("an empty name", #"{"language": "c", "files": {"": ""}}"#, 422, "files"),
        BadRequest("a file as directory", #"{"language": "c", "files": {"a": "", "a/b.c": ""}}"#, 422, "files"),
        BadRequest(
            "an entry that is not there", #"{"language": "c", "files": {"a.c": ""}, "entry": "b.c"}"#, 422, "entry"),
        BadRequest(
            "a misspelt field", #"{"language": "c", "files": {"main.c": ""}, "stdln": ""}"#, 400, "stdln"),
        BadRequest(
            "a misspelt limit", #"{"language": "c", "files": {"main.c": ""}, "limits": {"cpu": 1}}"#, 400, "limits.cpu"),
        BadRequest(
            "negative time", #"{"language": "c", "files": {"main.c": ""}, "limits": {"cpu_seconds": -1}}"#, 422,
            "limits.cpu_seconds"),
        BadRequest(
            "no time", #"{"language": "c", "files": {"main.c": ""}, "limits": {"cpu_seconds": 0}}"#, 422,
            "limits.cpu_seconds"),
        BadRequest(
            "endless time", #"{"language": "c", "files": {"main.c": ""}, "limits": {"wall_seconds": 1e300}}"#, 400,
            "limits.wall_seconds"),
        BadRequest(
            "negative memory", #"{"language": "c", "files": {"main.c": ""}, "limits": {"memory_bytes": -1}}"#, 422,
            "limits.memory_bytes"),
        BadRequest(
            "half a byte", #"{"language": "c", "files": {"main.c": ""}, "limits": {"memory_bytes": 1.5}}"#, 400,
            "limits.memory_bytes"),
        BadRequest(
            "too much memory", #"{"language": "c", "files": {"main.c": ""}, "limits": {"memory_bytes": 1e18}}"#, 422,
            "limits.memory_bytes"),
        BadRequest(
            "a text for a limit", #"{"language": "c", "files": {"main.c": ""}, "limits": {"processes": "many"}}"#, 400,
            "limits.processes"),
        BadRequest(
            "a text for tests", #"{"language": "c", "files": {"main.c": ""}, "tests": "all"}"#, 400, "tests"),
        BadRequest("no tests", #"{"language": "c", "files": {"main.c": ""}, "tests": []}"#, 422, "tests"),
        BadRequest(
            "negative points", #"{"language": "c", "files": {"main.c": ""}, "tests": [{"points": -1}]}"#, 422,
            "tests[0].points"),
        BadRequest(
            "an unknown checker", #"{"language": "c", "files": {"main.c": ""}, "checker": {"kind": "magic"}}"#, 400,
            "checker.kind"),
        BadRequest("an unknown task", #"{"language": "c", "files": {"main.c": ""}, "task": "none"}"#, 422, "task"),
        BadRequest(
            "an unknown backend", #"{"language": "c", "files": {"main.c": ""}, "backend": "paper"}"#, 422, "backend"),
        BadRequest(
            "an unknown network", #"{"language": "c", "files": {"main.c": ""}, "network": {"mode": "wide"}}"#, 400,
            "network.mode"),
        BadRequest(
            "files beyond the limit",
            #"{"language": "c", "files": {"main.c": "\#(String(repeating: " ", count: 40_000))"}}"#, 422, "files"),
        BadRequest(
            "a body beyond the limit",
            #"{"language": "c", "files": {"main.c": "\#(String(repeating: " ", count: 70_000))"}}"#, 413, nil),
    ])
    func isRefused(_ request: BadRequest) async throws {
        let server = try AssayServer.shared
        let answer = try await server.curl("/v1/submissions?wait=30s", ["--json", "@-"], input: request.body)
        try expectProblem(answer, status: request.status)
        if let field = request.field {
            let fields = try answer.json["errors"].items.compactMap { $0["field"].string }
            #expect(fields.contains { $0.hasPrefix(field) }, "\(answer.body)")
        }
        try await expectService(of: server)
    }

    @Test(arguments: [
        ("/v1/submissions/01m8c4tq2x8k5nw0rz3v9d7bfh", [], 404), ("/v1/submissions/none", [], 404),
        ("/v1/submissions/..%2f..%2fetc%2fpasswd", [], 400), ("/v1/nothing", [], 404), ("/../etc/passwd", [], 400),
        ("/v1/submissions?limit=0", [], 400), ("/v1/submissions?limit=many", [], 400),
        ("/v1/submissions?status=lost", [], 400), ("/v1/submissions?cursor=x", [], 400),
        ("/v1/submissions?colour=green", [], 400), ("/v1/submissions/01m8c4tq2x8k5nw0rz3v9d7bfh?wait=soon", [], 400),
        ("/v1/submissions", ["-X", "PUT"], 405), ("/v1/languages", ["-X", "DELETE"], 405),
        ("/v1/submissions", ["-H", "Content-Type: text/plain", "-d", "{}"], 415), ("/v1/submissions", ["-d", ""], 415),
    ])
    func isNotFoundOrNotAllowed(_ path: String, _ arguments: [String], _ status: Int) async throws {
        let server = try AssayServer.shared
        try expectProblem(try await server.curl(path, arguments), status: status)
        try await expectService(of: server)
    }

    func expectProblem(_ answer: Answer, status: Int) throws {
        #expect(answer.status == status, "\(answer.body)")
        #expect(answer.contentType == "application/problem+json", "\(answer.body)")
        let problem = try answer.json
        #expect(problem["status"] == .number(Double(answer.status)))
        #expect(problem["type"].string?.isEmpty == false)
        #expect(problem["title"].string?.isEmpty == false)
    }

    func expectService(of server: AssayServer) async throws {
        #expect(server.isRunning)
        #expect(try await server.curl("/livez").status == 200)
    }
}
