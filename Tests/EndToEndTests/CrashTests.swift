import Foundation
import Testing

/// The service dies in the middle of an exam, and nothing is lost, and nothing is judged twice.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible })
struct CrashTests {
    static let count = 500

    /// What submission `number` is: most are right, some wrong, some do not even parse, and each prints its number.
    static func request(_ number: Int) -> JSONValue {
        let source =
            switch number % 10 {
            case 3: "echo something else"
            case 7: "if then"
            default: "echo \(number)"
            }
        return [
            "language": "bash", "files": ["main.sh": .string(source)], "metadata": ["number": .string("\(number)")],
            "tests": [["expected_stdout": .string("\(number)\n")]],
        ]
    }

    static func verdict(_ number: Int) -> JSONValue {
        switch number % 10 {
        case 3: "wrong-answer"
        case 7: "compile-error"
        default: "accepted"
        }
    }

    @Test func killedInTheMiddle() async throws {
        try await withScratchDirectory { directory in
            let identity = AssayServer.Identity()
            let first = try await AssayServer(directory: directory, identity: identity)
            let posting = try post(Array(0..<Self.count), to: first, directory: directory)
            // Some are judged, some run, some wait, and on a quick machine some are not even posted yet.
            var judged: [JSONValue] = []
            while judged.count < 10 {
                judged = try await list(first, "status=finished")
                try #require(first.isRunning)
            }
            await first.kill()
            _ = await posting.wait()
            let acknowledged = try Self.acknowledged(directory)

            let second = try await AssayServer(directory: directory, identity: identity)
            let kept = Set(try await list(second).compactMap { $0["id"].string })
            #expect(kept.isSuperset(of: acknowledged), "what was acknowledged is there")
            #expect(judged.count < Self.count, "the service was killed too late to show anything")
            let numbers = Set(try await list(second).compactMap { $0["metadata"]["number"].string.flatMap { Int($0) } })
            let missing = (0..<Self.count).filter { !numbers.contains($0) }
            if !missing.isEmpty {
                #expect(try await post(missing, to: second, directory: directory).wait() == 0)
            }

            let all = try await finished(second)
            #expect(all.count == Self.count)
            #expect(Set(all.compactMap { $0["metadata"]["number"].string }).count == Self.count, "none twice")
            for submission in all {
                let number = try #require(submission["metadata"]["number"].string.flatMap { Int($0) })
                #expect(submission["verdict"] == Self.verdict(number), "\(submission)")
            }
            let byID = Dictionary(uniqueKeysWithValues: all.map { ($0["id"], $0) })
            for submission in judged {
                #expect(byID[submission["id"]] == submission, "what was judged before stays as it was")
            }
            #expect(await second.stop() == 0)
        }
    }

    /// A submission that its service dies under is tried again, but not for ever: it may be the reason.
    @Test func aSubmissionThatKillsItsServiceIsGivenUp() async throws {
        try await withScratchDirectory { directory in
            let identity = AssayServer.Identity()
            var id = ""
            for attempt in 1...3 {
                let server = try await AssayServer(directory: directory, identity: identity)
                if attempt == 1 {
                    let body: JSONValue = [
                        "language": "bash", "files": ["main.sh": "sleep 100"], "limits": ["wall_seconds": 60],
                    ]
                    id = try #require(try await server.send("POST", "/v1/submissions", body)["id"].string)
                }
                var status = JSONValue.null
                while status != "running" {
                    try await Task.sleep(for: .milliseconds(20))
                    status = try await server.send("GET", "/v1/submissions/\(id)")["status"]
                    try #require(status != "finished", "attempt \(attempt) was not made")
                }
                await server.kill()
            }
            let server = try await AssayServer(directory: directory, identity: identity)
            let ended = try await server.send("GET", "/v1/submissions/\(id)?wait=60s")
            #expect(ended["report"]["verdict"] == "internal-error")
            #expect(ended["report"]["message"] == "grading was interrupted 3 times")
            let metrics = try await server.curl("/metrics").body
            #expect(metrics.contains("assay_submissions_given_up_total 1"))
            #expect(await server.stop() == 0)
        }
    }

    /// Posts with one curl over eight connections; each answer goes to a file of its own.
    private func post(_ numbers: [Int], to server: AssayServer, directory: String) throws -> ChildProcess {
        let encoder = JSONEncoder()
        var configuration: [String] = []
        for number in numbers {
            let body = directory + "/\(number).request"
            try encoder.encode(Self.request(number)).write(to: URL(fileURLWithPath: body))
            configuration.append(
                """
                url = "\(server.url)/v1/submissions"
                json = "@\(body)"
                output = "\(directory)/\(number).answer"
                silent
                fail
                """)
        }
        let file = directory + "/curl.conf"
        try configuration.joined(separator: "\nnext\n").write(toFile: file, atomically: false, encoding: .utf8)
        return try ChildProcess(
            ["curl", "--parallel", "--parallel-max", "8", "--config", file], output: directory + "/curl.out",
            errors: directory + "/curl.err")
    }

    /// The ids of the answers that came whole.
    private static func acknowledged(_ directory: String) throws -> Set<String> {
        let answers = (0..<count).compactMap { number -> String? in
            guard let data = FileManager.default.contents(atPath: directory + "/\(number).answer"), !data.isEmpty
            else { return nil }
            return (try? JSONDecoder().decode(JSONValue.self, from: data))?["id"].string
        }
        try #require(!answers.isEmpty)
        return Set(answers)
    }

    /// Every submission, page by page.
    private func list(_ server: AssayServer, _ filter: String = "") async throws -> [JSONValue] {
        var list: [JSONValue] = []
        var cursor = ""
        repeat {
            let page = try await server.curl("/v1/submissions?limit=200&\(filter)\(cursor)").json
            list += page["submissions"].items
            cursor = page["next_cursor"].string.map { "&cursor=\($0)" } ?? ""
        } while !cursor.isEmpty
        return list
    }

    /// Every submission, when all have ended.
    private func finished(_ server: AssayServer) async throws -> [JSONValue] {
        while true {
            let all = try await list(server)
            if all.allSatisfy({ $0["status"] == "finished" }) { return all }
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}
