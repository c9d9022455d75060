import Foundation
import Testing

/// The catalogue over a real socket: put, get, list, check, grade by, delete.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible }, .serving())
struct CatalogueTests {
    /// Packs a task of Examples/native with real tar.
    private func archive(_ task: String, in directory: String) async throws -> String {
        let path = directory + "/task.tar.gz"
        let result = try await ChildProcess.run(["tar", "-czf", path, "-C", Checkout.root + "/Examples/native", task])
        try #require(result.status == 0, "\(result.errors)")
        return path
    }

    @Test func aTasksWholeLife() async throws {
        let server = try AssayServer.shared
        try await withScratchDirectory { directory in
            let file = try await archive("subtasks", in: directory)
            let put = try await server.curl("/v1/tasks/neighbours", ["-T", file])
            #expect(put.status == 201, "\(put.body)")
            #expect(try put.json["version"] == 1)
            #expect(try put.json["format"] == "native")
            let again = try await server.curl("/v1/tasks/neighbours", ["-T", file])
            #expect(again.status == 200)
            #expect(try again.json["version"] == 1, "the same archive is the same version")
            let read = try await server.curl("/v1/tasks/neighbours").json
            #expect(read["samples"][0]["input"] == "3\n1 -5 2\n")
            #expect(read["maximum_score"] == 100)
            #expect(try await server.curl("/v1/tasks").body.contains("neighbours"))
            let archive = try await server.curl("/v1/tasks/neighbours/archive", ["-o", directory + "/got"])
            #expect(archive.status == 200)
            #expect(FileManager.default.contentsEqual(atPath: file, andPath: directory + "/got"))
            let check = try await server.curl("/v1/tasks/neighbours/check", ["-X", "POST"])
            #expect(check.status == 200, "\(check.body)")
            #expect(try check.json["passed"] == true, "\(check.body)")
            let report = try await server.grade([
                "language": "python3", "task": "neighbours",
                "files": ["main.py": "input()\nprint(sum(map(int, input().split())))"],
            ])
            #expect(report["verdict"] == "wrong-answer")
            #expect(report["maximum_score"] == 100)
            #expect(report["groups"][1]["name"] == "small")
            #expect(try await server.curl("/v1/tasks/neighbours", ["-X", "DELETE"]).status == 204)
            #expect(try await server.curl("/v1/tasks/neighbours").status == 404)
        }
    }

    @Test func whatIsNoTaskIsRefused() async throws {
        let server = try AssayServer.shared
        try await withScratchDirectory { directory in
            try "not an archive".write(toFile: directory + "/x", atomically: false, encoding: .utf8)
            let bad = try await server.curl("/v1/tasks/bad", ["-T", directory + "/x"])
            #expect(bad.status == 422)
            #expect(try bad.json["type"] == "urn:assay:problem:invalid-task")
            #expect(try await server.curl("/v1/tasks/.bad", ["-T", directory + "/x"]).status == 400)
            #expect(try await server.curl("/v1/tasks/none/archive").status == 404)
            let form = try await server.curl(
                "/v1/tasks/bad", ["-X", "PUT", "--data-binary", "x", "-H", "Content-Type: text/plain"])
            #expect(form.status == 415)
            #expect(try await server.curl("/v1/tasks/bad").status == 404)
        }
    }

    /// A student's token sees no hidden output and no archive.
    @Test func studentsSeeNothingHidden() async throws {
        try await withScratchDirectory { directory in
            let student = try await AccessToken.make("submit", in: directory)
            let teacher = try await AccessToken.make("teacher", in: directory)
            let server = try await AssayServer(directory: directory)
            let (asStudent, asTeacher) = (
                ["-H", "Authorization: Bearer \(student)"], ["-H", "Authorization: Bearer \(teacher)"]
            )
            let file = try await archive("subtasks", in: directory)
            #expect(try await server.curl("/v1/tasks/t", asStudent + ["-T", file]).status == 403)
            #expect(try await server.curl("/v1/tasks/t", asTeacher + ["-T", file]).status == 201)
            #expect(try await server.curl("/v1/tasks/t/archive", asStudent).status == 403)
            #expect(try await server.curl("/v1/tasks/t/check", asStudent + ["-X", "POST"]).status == 403)
            #expect(try await server.curl("/v1/tasks/t", asStudent).status == 200)
            // It prints its input, and tells a part of it by its exit code.
            let leak =
                #"{"language":"python3","task":"t","files":{"main.py":"import sys\nt=sys.stdin.read()\nprint('LEAK',t)\nsys.stderr.write('LEAK'+t)\nsys.exit(len(t)%200+7)"}}"#
            let posted = try await server.curl("/v1/submissions?wait=60s", asStudent + ["--json", "@-"], input: leak)
            let id = try #require(try posted.json["id"].string)
            let seen = try await server.curl("/v1/submissions/\(id)?wait=60s", asStudent)
            #expect(seen.body.contains("LEAK"), "the sample's output is shown")
            #expect(!seen.body.contains(#""group":"small""#), "groups only: no hidden test is listed: \(seen.body)")
            // The input of the first hidden test.
            let secret = #"LEAK 1\n-7"#
            let all = try await server.curl("/v1/submissions/\(id)", asTeacher).body
            #expect(all.contains(secret), "teachers see the output of hidden tests: \(all)")
            #expect(!seen.body.contains(secret))
            await server.stop()
        }
    }
}
