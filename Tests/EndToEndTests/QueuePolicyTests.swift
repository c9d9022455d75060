import Foundation
import Testing

/// What an operator sets about the queue, seen from outside.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible }) struct QueuePolicyTests {
    private func taken(
        _ server: AssayServer, _ body: JSONValue, headers: [String: String] = [:]
    ) async throws -> String {
        let answer = try await server.send("POST", "/v1/submissions", body, headers: headers)
        try #require(answer.status == 202, "\(answer.text)")
        return try #require(answer["id"].string)
    }

    @Test func coursesShareByWeight() async throws {
        try await AssayServer.serving(settings: ["slots=1", "course-weights=algebra=3"]) { server in
            let blocker = try await taken(server, QueueTests.program("sleep 100", ["limits": ["wall_seconds": 60]]))
            var ids: [String] = []
            for _ in 1...8 {
                for course in ["algebra", "botany"] {
                    ids.append(try await taken(server, QueueTests.program("true", ["course": .string(course)])))
                }
            }
            _ = try await server.send("DELETE", "/v1/submissions/\(blocker)")
            var starts: [(String, String)] = []
            for id in ids {
                let answer = try await server.send("GET", "/v1/submissions/\(id)?wait=60s")
                starts.append((try #require(answer["started_at"].string), answer["course"].string ?? ""))
            }
            // Three of algebra for each of botany, until algebra has no more.
            let first = starts.sorted { $0.0 < $1.0 }.prefix(8).map(\.1)
            #expect(first.count { $0 == "algebra" } == 6, "\(first)")
        }
    }

    @Test func examsNeedTheirRole() async throws {
        try await withScratchDirectory { directory in
            let student = try await AccessToken.make("submit", in: directory)
            let examiner = try await AccessToken.make("exam", in: directory)
            let server = try await AssayServer(directory: directory)
            func priority(_ token: String, _ more: [String: JSONValue]) async throws -> (Int, String?) {
                let headers = ["Authorization": "Bearer \(token)"]
                let answer = try await server.send(
                    "POST", "/v1/submissions", QueueTests.program("true", more), headers: headers)
                guard let id = answer["id"].string else {
                    #expect(answer["errors"][0]["field"] == "priority")
                    return (answer.status, nil)
                }
                return (
                    answer.status,
                    try await server.send("GET", "/v1/submissions/\(id)", headers: headers)["priority"].string
                )
            }
            #expect(try await priority(student, [:]) == (202, "interactive"))
            #expect(try await priority(student, ["priority": "homework"]) == (202, "homework"))
            #expect(try await priority(student, ["priority": "exam"]) == (403, nil))
            #expect(try await priority(examiner, [:]) == (202, "exam"))
            #expect(try await priority(examiner, ["priority": "homework"]) == (202, "homework"))
            await server.stop()
        }
    }

    @Test func whatIsOldIsForgotten() async throws {
        try await AssayServer.serving(settings: ["retention=3s", "key-retention=3s", "tidy-interval=1s"]) { server in
            let key = ["Idempotency-Key": "once"]
            let first = try await taken(server, QueueTests.program("true"), headers: key)
            #expect(try await taken(server, QueueTests.program("true"), headers: key) == first)
            let ended = try await server.send("GET", "/v1/submissions/\(first)?wait=30s")
            #expect(ended["status"] == "finished")
            let sleeper = try await taken(server, QueueTests.program("sleep 100", ["limits": ["wall_seconds": 60]]))
            try await eventually("forgotten") {
                try await server.send("GET", "/v1/submissions/\(first)").status == 404
            }
            // What has not ended is never old.
            #expect(try await server.send("GET", "/v1/submissions/\(sleeper)").status == 200)
            try await eventually("the key is free") {
                try await taken(server, QueueTests.program("true"), headers: key) != first
            }
            _ = try await server.send("DELETE", "/v1/submissions/\(sleeper)")
        }
    }

    @Test func someOfTheMachineIsLeftToTheService() async throws {
        func capacity(_ settings: [String]) async throws -> (Double, Double) {
            try await AssayServer.serving(settings: ["slots=0"] + settings) { server in
                let node = try await server.send("GET", "/v1/nodes")["nodes"][0]
                return (node["slots"]["total"].number ?? 0, node["memory"]["total"].number ?? 0)
            }
        }
        let all = try await capacity(["reserved-memory=1GiB"])
        #expect(all.0 == Double(ProcessInfo.processInfo.activeProcessorCount))
        let less = try await capacity(["reserved-cpus=1", "reserved-memory=3GiB"])
        #expect(less.0 == all.0 - 1)
        // Other tests take and give memory meanwhile.
        #expect(abs(all.1 - less.1 - Double(2 << 30)) < Double(1 << 30), "\(all) \(less)")
    }
}
