import Foundation
import Testing

/// What is done with submissions beside handing them in: keys, batches, judging again, history, lists, removal, and their
/// place in the queue. One slot, so that a sleeper holds up the others.
@Suite(
    .enabled("sandboxes are made by root") { AssayServer.isPossible }, .serialized,
    .serving(settings: ["slots=1", "course-weights=exam1=5"]))
struct QueueTests {
    typealias Exchange = AssayServer.Exchange

    static func program(_ text: String, _ more: [String: JSONValue] = [:]) -> JSONValue {
        .object(["language": "bash", "files": ["main.sh": .string(text)]].merging(more) { $1 })
    }

    /// Holds the only slot until `body` has ended.
    private func whileBusy<Result>(_ body: (AssayServer) async throws -> Result) async throws -> Result {
        let server = try AssayServer.shared
        let sleeper = try await server.send(
            "POST", "/v1/submissions", Self.program("sleep 100", ["limits": ["wall_seconds": 60]]))
        let id = try #require(sleeper["id"].string)
        while try await server.send("GET", "/v1/submissions/\(id)")["status"] != "running" {
            try await Task.sleep(for: .milliseconds(20))
        }
        let result = try await body(server)
        _ = try await server.send("DELETE", "/v1/submissions/\(id)")
        _ = try await ended(id)
        return result
    }

    private func ended(_ id: String) async throws -> JSONValue {
        while true {
            let answer = try await AssayServer.shared.send("GET", "/v1/submissions/\(id)?wait=30s")
            if ["finished", "cancelled"].contains(answer["status"].string) { return answer.json }
        }
    }

    // MARK: - Idempotency

    @Test func aKeyDoesNothingTwice() async throws {
        let server = try AssayServer.shared
        let body = Self.program("echo once")
        let first = try await server.send("POST", "/v1/submissions", body, headers: ["Idempotency-Key": "key-1"])
        let again = try await server.send("POST", "/v1/submissions", body, headers: ["Idempotency-Key": "\"key-1\""])
        #expect(first.status == 202)
        #expect(again["id"] == first["id"])
        #expect(again.headers["idempotency-replayed"] == "true")
        #expect(first.headers["idempotency-replayed"] == nil)
        let other = try await server.send(
            "POST", "/v1/submissions", Self.program("echo other"), headers: ["Idempotency-Key": "key-1"])
        #expect(other.status == 422)
        #expect(other["type"] == "urn:assay:problem:idempotency-key-reused")
        for (length, status) in [(255, 202), (256, 400)] {
            let key = String(repeating: "k", count: length)
            let answer = try await server.send("POST", "/v1/submissions", body, headers: ["Idempotency-Key": key])
            #expect(answer.status == status)
        }
    }

    @Test func manyAtTheSameMomentWithOneKeyAreOne() async throws {
        let server = try AssayServer.shared
        let ids = try await withThrowingTaskGroup(of: JSONValue.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    try await server.send(
                        "POST", "/v1/submissions", Self.program("echo crowd"), headers: ["Idempotency-Key": "crowd"])[
                            "id"]
                }
            }
            var ids: Set<JSONValue> = []
            for try await id in group { ids.insert(id) }
            return ids
        }
        #expect(ids.count == 1)
    }

    // MARK: - Batches

    @Test func eachOfABatchIsTakenOrRefusedForItself() async throws {
        let server = try AssayServer.shared
        let batch: JSONValue = [
            "submissions": [
                Self.program("echo 1"), ["language": "nonsense", "files": ["a": "x"]],
                Self.program("echo 3", ["course": "c", "user": "u"]), ["language": "bash", "files": [:]],
            ]
        ]
        let answer = try await server.send(
            "POST", "/v1/submissions/batch", batch, headers: ["Idempotency-Key": "batch"])
        #expect(answer.status == 202)
        let items = answer["submissions"].items
        #expect(items.count == 4)
        #expect(items[1]["problem"]["errors"][0]["field"] == "language")
        #expect(items[3]["problem"]["errors"][0]["field"] == "files")
        let ids = try [items[0], items[2]].map { try #require($0["submission"]["id"].string) }
        for id in ids { #expect(try await ended(id)["report"]["verdict"] == "accepted") }
        let again = try await server.send(
            "POST", "/v1/submissions/batch", batch, headers: ["Idempotency-Key": "batch"])
        #expect(again["submissions"][2]["submission"]["id"] == .string(ids[1]))
        #expect(again.headers["idempotency-replayed"] == "true")
    }

    @Test(arguments: [(0, 400), (100, 202), (101, 400)])
    func aBatchHasBounds(_ count: Int, _ status: Int) async throws {
        let items = (0..<count).map { _ in Self.program("true") }
        let answer = try await AssayServer.shared.send(
            "POST", "/v1/submissions/batch", ["submissions": .array(items)])
        #expect(answer.status == status)
        for item in answer["submissions"].items { _ = try await ended(try #require(item["submission"]["id"].string)) }
    }

    // MARK: - Judging again

    @Test func judgedAgainWithItsHistoryKept() async throws {
        let server = try AssayServer.shared
        let id = try #require(
            try await server.send("POST", "/v1/submissions", Self.program("echo $RANDOM"))["id"].string)
        let first = try await ended(id)
        #expect(try await server.send("GET", "/v1/submissions/\(id)/history")["reports"] == [])
        let answer = try await server.send("POST", "/v1/submissions/\(id)/rejudge")
        #expect(answer.status == 202)
        #expect(answer["priority"] == "rejudge")
        let second = try await ended(id)
        #expect(second["status"] == "finished")
        let history = try await server.send("GET", "/v1/submissions/\(id)/history")["reports"].items
        #expect(history.count == 1)
        #expect(history[0]["report"] == first["report"])
        #expect(history[0]["finished_at"] == first["finished_at"])
        let unknown = "01m8c4tq2x8k5nw0rz3v9d7bfh"
        #expect(try await server.send("POST", "/v1/submissions/\(unknown)/rejudge").status == 404)
    }

    @Test func whatMeetsConditionsIsJudgedAgain() async throws {
        let server = try AssayServer.shared
        var ids: Set<JSONValue> = []
        for text in ["exit 1", "exit 2", "true"] {
            let answer = try await server.send(
                "POST", "/v1/submissions", Self.program(text, ["course": "again", "user": "u"]))
            ids.insert(answer["id"])
            _ = try await ended(try #require(answer["id"].string))
        }
        let answer = try await server.send(
            "POST", "/v1/submissions/rejudge", ["course": "again", "verdict": "runtime-error"])
        #expect(answer.status == 202)
        #expect(answer["submissions"].items.count == 2)
        #expect(ids.isSuperset(of: answer["submissions"].items))
        #expect(answer["more"] == false)
        for id in answer["submissions"].items {
            let again = try await ended(try #require(id.string))
            #expect(again["report"]["verdict"] == "runtime-error", "a student's error stays one")
        }
        #expect(try await server.send("POST", "/v1/submissions/rejudge", [:]).status == 400)
        let unfinished = try await whileBusy { server in
            let waiting = try await server.send("POST", "/v1/submissions", Self.program("true"))
            return try await server.send("POST", "/v1/submissions/\(waiting["id"].string ?? "")/rejudge").status
        }
        #expect(unfinished == 409)
    }

    // MARK: - Cancelling and removing

    @Test func whatWaitsAndWhatRunsIsCancelledTogether() async throws {
        let server = try AssayServer.shared
        let running = try await server.send(
            "POST", "/v1/submissions", Self.program("sleep 100", ["course": "gone", "limits": ["wall_seconds": 60]]))
        let runningID = try #require(running["id"].string)
        while try await server.send("GET", "/v1/submissions/\(runningID)")["status"] == "queued" {
            try await Task.sleep(for: .milliseconds(20))
        }
        var ids: Set<JSONValue> = [running["id"]]
        for _ in 0..<5 {
            ids.insert(
                try await server.send("POST", "/v1/submissions", Self.program("true", ["course": "gone"]))["id"])
        }
        let answer = try await server.send("POST", "/v1/submissions/cancel", ["course": "gone"])
        #expect(Set(answer["submissions"].items) == ids)
        for id in ids { #expect(try await ended(try #require(id.string))["status"] == "cancelled") }
    }

    @Test func whatEndedIsRemovedWithAllThatHangsOnIt() async throws {
        let server = try AssayServer.shared
        let id = try #require(try await server.send("POST", "/v1/submissions", Self.program("true"))["id"].string)
        _ = try await ended(id)
        #expect(try await server.send("DELETE", "/v1/submissions/\(id)").status == 409)
        #expect(try await server.send("DELETE", "/v1/submissions/\(id)?purge=true").status == 204)
        #expect(try await server.send("GET", "/v1/submissions/\(id)").status == 404)
        try await whileBusy { server in
            let waiting = try await server.send("POST", "/v1/submissions", Self.program("true"))["id"].string ?? ""
            #expect(try await server.send("DELETE", "/v1/submissions/\(waiting)?purge=true").status == 409)
        }
        #expect(try await server.send("DELETE", "/v1/submissions").status == 400)
        let before = try await server.send("DELETE", "/v1/submissions?ended_before=2020-01-01T00:00:00Z")
        #expect(before.json == ["removed": 0, "more": false])
    }

    // MARK: - Lists

    @Test func listsAreFilteredAndSearched() async throws {
        let server = try AssayServer.shared
        for (course, user) in [("list1", "Zoe_1"), ("list1", "max"), ("list2", "max")] {
            let body = Self.program("true", ["course": .string(course), "user": .string(user)])
            _ = try await ended(try #require(try await server.send("POST", "/v1/submissions", body)["id"].string))
        }
        func count(_ query: String) async throws -> Int {
            let answer = try await server.send("GET", "/v1/submissions?\(query)")
            #expect(answer.status == 200, "\(answer.text)")
            return answer["submissions"].items.count
        }
        #expect(try await count("course=list1") == 2)
        #expect(try await count("user=max") == 2)
        #expect(try await count("course=list2&user=max&verdict=accepted&priority=interactive") == 1)
        #expect(try await count("search=zoe_") == 1)
        #expect(try await count("search=LIST1") == 2)
        #expect(try await count("search=%25") == 0, "a wildcard is a letter like others")
        #expect(try await count("course=list1&created_before=2020-01-01T00:00:00Z") == 0)
        #expect(try await count("course=list1&created_after=2020-01-01T00:00:00.5%2B02:00") == 2)
        let row = try await server.send("GET", "/v1/submissions?course=list2")["submissions"][0]
        #expect(row["course"] == "list2" && row["user"] == "max" && row["priority"] == "interactive")
        #expect(try await server.send("GET", "/v1/submissions?created_after=yesterday").status == 400)
    }

    // MARK: - Place in the queue

    @Test func everyPendingAnswerTellsThePlace() async throws {
        try await whileBusy { server in
            var ids: [String] = []
            for number in 1...3 {
                let answer = try await server.send("POST", "/v1/submissions", Self.program("true"))
                #expect(answer["position"].number != nil, "\(number)")
                #expect(answer["eta_seconds"].number != nil)
                ids.append(try #require(answer["id"].string))
            }
            // The order is looked at now and then, not for every request.
            var places: [JSONValue] = []
            for _ in 0..<500 where places != [1, 2, 3] {
                places = []
                for id in ids { places.append(try await server.send("GET", "/v1/submissions/\(id)")["position"]) }
            }
            #expect(places == [1, 2, 3])
            let rows = try await server.send("GET", "/v1/submissions?status=queued")["submissions"].items
            #expect(rows.map { $0["position"] } == [3, 2, 1])
            let etas = rows.compactMap { $0["eta_seconds"].number }
            #expect(etas.count == 3 && etas[0] >= etas[1] && etas[1] >= etas[2])
            // More urgent work goes before, whatever came first.
            let exam =
                try await server.send(
                    "POST", "/v1/submissions", Self.program("true", ["priority": "exam"]))["id"].string ?? ""
            var place = JSONValue.null
            for _ in 0..<500 where place != 1 {
                place = try await server.send("GET", "/v1/submissions/\(exam)")["position"]
            }
            #expect(place == 1)
            let events = try await ChildProcess.run([
                "curl", "-sN", "--max-time", "2", server.url + "/v1/submissions/\(ids[2])/events",
            ])
            #expect(events.output.contains("event: queued"))
            #expect(events.output.contains(#""position":4"#))
        }
    }
}
