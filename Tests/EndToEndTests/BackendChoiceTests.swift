import Foundation
import Testing

/// Who decides what a submission runs in, seen from outside: through the service, with real sandboxes.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible })
struct BackendChoiceTests {
    /// Languages and tasks that have wishes of their own, and the settings that name them.
    static func settings(in directory: String) throws -> [String] {
        let shell = """
            title: Shell
            extensions: [sh]
            entry: main.sh
            package: dash
            version: [sh, -c, "echo 1"]
            run: [sh, "{entry}"]

            """
        let task = "title: T\nbackend: [firecracker, bubblewrap]\nstorage: copy\ntests:\n  - expected: 1\n"
        let lone = "title: T\nbackend: firecracker\ntests:\n  - expected: 1\n"
        for (path, text) in [
            ("languages/shell.yaml", shell),
            ("languages/wishing.yaml", shell + "backend: bubblewrap\nstorage: overlay\n"),
            ("tasks/listed/task.yaml", task), ("tasks/lone/task.yaml", lone),
        ] {
            let url = URL(fileURLWithPath: "\(directory)/\(path)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: url, atomically: true, encoding: .utf8)
        }
        return [
            "languages=\(directory)/languages", "tasks=\(directory)/tasks", "backends=bubblewrap,firecracker",
            "sandbox-directory=/run/assay-e2e-\(getpid())",
        ]
    }

    static func request(_ language: String, _ more: [String: JSONValue] = [:]) -> JSONValue {
        .object(
            ["language": .string(language), "files": ["main.sh": "echo 1"]].merging(more) { $1 })
    }

    @Test func theNearestWishCountsAndReportsSayWhatRan() async throws {
        try await withScratchDirectory { directory in
            // So that firecracker is unavailable wherever its program is.
            let settings = try Self.settings(in: directory) + ["kernel-directory=/nowhere"]
            let server = try await AssayServer(directory: directory, settings: settings)
            let cases: [(JSONValue, String, String)] = [
                (Self.request("shell"), "native", "bind"),
                (Self.request("wishing"), "bubblewrap", "overlay"),
                (Self.request("wishing", ["backend": "native", "storage": "bind"]), "native", "bind"),
                (Self.request("wishing", ["task": "listed"]), "bubblewrap", "copy"),
                (
                    Self.request("shell", ["backend": "firecracker", "backend_fallback": ["bubblewrap"]]),
                    "bubblewrap", "bind"
                ),
            ]
            for (request, backend, storage) in cases {
                let report = try await server.grade(request)
                #expect(report["verdict"] == "accepted", "\(report)")
                #expect(report["backend"].string == backend && report["storage"].string == storage, "\(report)")
            }
            for (request, field) in [
                (Self.request("shell", ["backend": "firecracker"]), "backend"),
                (Self.request("shell", ["task": "lone"]), "backend"),
                (Self.request("shell", ["storage": "overlay"]), "storage"),
                (Self.request("shell", ["backend_fallback": ["native"]]), "backend_fallback"),
            ] {
                let answer = try await server.send("POST", "/v1/submissions", request)
                #expect(answer.status == 422)
                #expect(answer["errors"][0]["field"].string == field)
            }
            let facts = try await server.curl("/v1/backends").json
            let bubblewrap = try #require(facts["backends"].items.first { $0["name"] == "bubblewrap" })
            #expect(bubblewrap["stages"]["create"].number ?? 0 > 0)
            #expect(bubblewrap["storage"].items.map { $0["name"].string } == ["bind", "overlay", "copy", "btrfs"])
            #expect(facts["storage_drivers"].items.count == 4)

            let student = try await AccessToken.make("submit", in: directory)
            let teacher = try await AccessToken.make("teacher", in: directory)
            // An open service looks again within a second.
            try await Task.sleep(for: .seconds(2))
            for wish: [String: JSONValue] in [["backend": "bubblewrap"], ["storage": "bind"]] {
                let request = Self.request("shell", wish)
                let refused = try await server.send(
                    "POST", "/v1/submissions", request, headers: ["Authorization": "Bearer \(student)"])
                #expect(refused.status == 403)
                let taken = try await server.send(
                    "POST", "/v1/submissions?wait=60s", request, headers: ["Authorization": "Bearer \(teacher)"])
                #expect(taken.status == 200 || taken.status == 202)
            }
            #expect(await server.stop() == 0)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: "/run/assay-e2e-\(getpid())/bubblewrap") == ["root"]
            )
            try FileManager.default.removeItem(atPath: "/run/assay-e2e-\(getpid())")
        }
    }
}
