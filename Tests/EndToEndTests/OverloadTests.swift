import Foundation
import Testing

/// More than the service can take: it says so, says when to come back, and answers all the while.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible }, .serialized)
struct OverloadTests {
    private static func program(_ text: String, _ more: [String: JSONValue] = [:]) -> JSONValue {
        .object(["language": "bash", "files": ["main.sh": .string(text)]].merging(more) { $1 })
    }

    private static let sleeper = program("sleep 100", ["limits": ["wall_seconds": 60]])

    /// Holds the slot that `owner` gets.
    @discardableResult
    private func occupy(_ server: AssayServer, _ owner: [String: JSONValue] = [:]) async throws -> String {
        let body = Self.program("sleep 100", owner.merging(["limits": ["wall_seconds": 60]]) { $1 })
        let id = try #require(try await server.send("POST", "/v1/submissions", body)["id"].string)
        try await until(server, id, "running")
        return id
    }

    private func until(_ server: AssayServer, _ id: String, _ status: JSONValue) async throws {
        while try await server.send("GET", "/v1/submissions/\(id)")["status"] != status {
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test func tenTimesWhatItHolds() async throws {
        try await AssayServer.serving(settings: ["slots=1", "queue-submissions=20"]) { server in
            try await occupy(server)
            let answers = try await withThrowingTaskGroup(of: AssayServer.Exchange.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        try await server.send("POST", "/v1/submissions", Self.program("echo \(number)"))
                    }
                    if number % 10 == 0 {
                        // It still answers everybody else.
                        #expect(try await server.send("GET", "/livez").status == 200)
                        #expect(try await server.send("GET", "/v1/submissions?limit=1").status == 200)
                    }
                }
                var answers: [AssayServer.Exchange] = []
                for try await answer in group { answers.append(answer) }
                return answers
            }
            let taken = answers.filter { $0.status == 202 }
            let refused = answers.filter { $0.status == 503 }
            #expect(taken.count == 20)
            #expect(refused.count == 180)
            for answer in refused {
                #expect(answer["type"] == "urn:assay:problem:queue-full")
                let seconds = try #require(answer.headers["retry-after"].flatMap { Int($0) })
                #expect((1...300).contains(seconds))
            }
            let metrics = try await server.curl("/metrics").body
            #expect(metrics.contains(#"assay_submissions_refused_total{reason="queue_full"} 180"#))
            #expect(metrics.contains(#"assay_queue_depth{class="interactive"} 20"#))
            // Room comes back with the slot.
            _ = try await server.send("POST", "/v1/submissions/cancel", ["created_after": "2020-01-01T00:00:00Z"])
            // A full queue is remembered for a tenth of a second.
            try await Task.sleep(for: .milliseconds(200))
            let again = try await server.grade(Self.program("echo again"))
            #expect(again["verdict"] == "accepted")
        }
    }

    @Test func bytesAreBoundedToo() async throws {
        try await AssayServer.serving(settings: ["slots=1", "queue-bytes=64KiB"]) { server in
            try await occupy(server)
            let large = Self.program("# " + String(repeating: "x", count: 40_000))
            #expect(try await server.send("POST", "/v1/submissions", large).status == 202)
            let refused = try await server.send("POST", "/v1/submissions", large)
            #expect(refused.status == 503)
            #expect(refused["detail"].string?.contains("bytes") == true)
        }
    }

    @Test func oneUsersShareIsTheirOwnFault() async throws {
        let settings = ["slots=1", "queue-per-user=2", "queue-per-course=4"]
        try await AssayServer.serving(settings: settings) { server in
            try await occupy(server)
            func submit(_ course: JSONValue, _ user: JSONValue) async throws -> AssayServer.Exchange {
                try await server.send(
                    "POST", "/v1/submissions", Self.program("true", ["course": course, "user": user]))
            }
            for _ in 0..<2 { #expect(try await submit("a", "one").status == 202) }
            let third = try await submit("a", "one")
            #expect(third.status == 429)
            #expect(third["type"] == "urn:assay:problem:share-full")
            #expect(third.headers["retry-after"].flatMap { Int($0) } != nil)
            for _ in 0..<2 { #expect(try await submit("a", "two").status == 202) }
            #expect(try await submit("a", "three").status == 429, "the course has its share")
            #expect(try await submit("b", "one").status == 202)
        }
    }

    @Test func oneUserRunsOnlyAsManyAsTheyMay() async throws {
        try await AssayServer.serving(settings: ["slots=2", "running-per-user=1"]) { server in
            try await occupy(server, ["course": "a", "user": "one"])
            let second = try await server.send(
                "POST", "/v1/submissions", Self.program("true", ["course": "a", "user": "one"]))
            // The other slot is free for others, and stays so.
            let other = try await server.grade(Self.program("true", ["course": "a", "user": "two"]))
            #expect(other["verdict"] == "accepted")
            let state = try await server.send("GET", "/v1/submissions/\(second["id"].string ?? "")")
            #expect(state["status"] == "queued")
        }
    }

    /// A submission that needs the whole node is not passed over for ever.
    @Test func aLargeOneIsNotStarved() async throws {
        let settings = ["slots=2", "reserve-after=500ms"]
        try await AssayServer.serving(settings: settings) { server in
            let first = try await occupy(server)
            let large = try await server.send(
                "POST", "/v1/submissions", Self.program("true", ["limits": ["cpus": 2]]))
            let id = try #require(large["id"].string)
            // Small ones pass it at first.
            #expect(try await server.grade(Self.program("true"))["verdict"] == "accepted")
            // And then the free slot is kept for it: a small one no longer gets it.
            var small = ""
            for _ in 0..<500 {
                let answer = try await server.send("POST", "/v1/submissions?wait=300ms", Self.program("true"))
                if answer["status"] == "queued" {
                    small = answer["id"].string ?? ""
                    break
                }
            }
            #expect(!small.isEmpty, "the node never kept itself free")
            _ = try await server.send("DELETE", "/v1/submissions/\(first)")
            try await until(server, id, "finished")
            try await until(server, small, "finished")
        }
    }

    /// One user hands in a thousand, another ten: the ten and as many of the thousand take turns.
    @Test func aFloodDelaysOthersByAtMostOneEach() async throws {
        try await AssayServer.serving(settings: ["slots=1"]) { server in
            let sleeper = try await occupy(server)
            func batch(_ user: JSONValue, _ count: Int) async throws -> [JSONValue] {
                let one = Self.program("true", ["course": "exam", "user": user])
                let answer = try await server.send(
                    "POST", "/v1/submissions/batch", ["submissions": .array(Array(repeating: one, count: count))])
                return answer["submissions"].items.map { $0["submission"]["id"] }
            }
            for _ in 0..<10 { #expect(try await batch("flood", 100).count == 100) }
            let few = try await batch("few", 10).compactMap(\.string)
            #expect(few.count == 10)
            _ = try await server.send("DELETE", "/v1/submissions/\(sleeper)")
            for id in few { try await until(server, id, "finished") }
            let floods = try await server.send("GET", "/v1/submissions?user=flood&status=finished&limit=200")
            var last = ""
            for id in few {
                let started = try await server.send("GET", "/v1/submissions/\(id)")["started_at"].string ?? ""
                last = max(last, started)
            }
            let before = floods["submissions"].items.count { ($0["started_at"].string ?? "") < last }
            // In an empty system the ten take ten turns; here they take at most as many again, and the one that ran.
            #expect(before <= 11, "\(before) of the flood went before the last of the ten")
            _ = try await server.send("POST", "/v1/submissions/cancel", ["user": "flood"])
        }
    }
}
