import Foundation
import Testing

/// What graders of other systems are told of a student's earlier submissions: their own, and nobody else's.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible })
struct EarlierSubmissionsTests {
    private static let tasks: [String: [String: String]] = [
        // Leaves the submission's first line as the state of the next, and says what it found.
        "inginious": [
            "task.yaml": """
            name: Counts
            environment_id: default
            input_random: 3
            problems:
                answer: { type: code }
            """,
            "run": """
            #!/bin/bash
            feedback-msg -m "$(getinput @attempts)/$(getinput @state)/$(getinput @username)/$(getinput @lang)/$(getinput @email)"
            feedback-custom numbers "$(getinput @random)"
            word=$(getinput answer)
            [ "$word" = silent ] || feedback-state "$word"
            feedback-result success
            """,
        ],
        "gradescope": [
            "run_autograder": """
            #!/usr/bin/python3
            import json
            about = json.load(open("/autograder/submission_metadata.json"))
            word = open("/autograder/submission/main.py").read()
            if word == "broken": raise SystemExit(1)
            json.dump({"score": len(about["previous_submissions"]), "output": json.dumps(about), "tests": [],
                       "extra_data": {"word": word}}, open("/autograder/results/results.json", "w"))
            """
        ],
    ]

    private func withServer(_ body: (TokenServer) async throws -> Void) async throws {
        try await withScratchDirectory { directory in
            let server = try await TokenServer(directory: directory)
            try await server.put(Self.tasks, in: directory)
            try await body(server)
            #expect(await server.stop() == 0)
        }
    }

    private func report(
        _ server: TokenServer, _ text: String, to task: String, user: String?, course: String? = nil,
        asOther: Bool = false, metadata: JSONValue = [:]
    ) async throws -> (id: String, report: JSONValue) {
        var fields: [String: JSONValue] = ["metadata": metadata]
        if let user { fields["user"] = .string(user) }
        if let course { fields["course"] = .string(course) }
        let id = try await server.submit(text, to: task, more: fields, asOther: asOther)
        return (id, try await server.ended(id)["report"])
    }

    @Test("@attempts counts a student's own submissions, @state is what the last one left, @random stays")
    func inginious() async throws {
        try await withServer { server in
            func said(
                _ word: String, _ user: String?, course: String? = nil, asOther: Bool = false,
                metadata: JSONValue = [:]
            ) async throws -> (text: String, numbers: String) {
                let feedback = try await report(
                    server, word, to: "inginious", user: user, course: course, asOther: asOther, metadata: metadata
                ).report["feedback"]
                return (feedback["text"].string ?? "\(feedback)", feedback["values"]["numbers"].string ?? "")
            }
            let first = try await said("one", "alice")
            #expect(first.text == "1//alice/en/")
            #expect(first.numbers.split(separator: ",").count == 3)
            #expect(try await said("two", "alice").text == "2/one/alice/en/")
            let third = try await said("silent", "alice", metadata: ["lang": "fr", "email": "alice@example.org"])
            #expect(third.text == "3/two/alice/fr/alice@example.org")
            #expect(third.numbers == first.numbers, "the same numbers for each of a student's submissions")
            #expect(try await said("four", "alice").text == "4/two/alice/en/", "who leaves no state keeps it")
            // Nobody else's.
            let bob = try await said("b", "bob", metadata: ["lang": "../../etc"])
            #expect(bob.text == "1//bob/en/")
            #expect(bob.numbers != first.numbers)
            #expect(try await said("c", "alice", course: "other").text == "1//alice/en/", "in another course")
            #expect(try await said("d", "alice", asOther: true).text == "1//alice/en/", "a name with another token")
            #expect(try await said("e", nil).text == "1//student/en/")
            #expect(try await said("f", nil).text == "1//student/en/", "who names no user has no history")
            // Judged again, a submission has the history that it had.
            let (again, _) = try await report(server, "five", to: "inginious", user: "alice")
            _ = try await report(server, "six", to: "inginious", user: "alice")
            #expect(try await server.teacher("/v1/submissions/\(again)/rejudge", ["-X", "POST"]).status == 202)
            #expect(try await server.ended(again)["report"]["feedback"]["text"] == "5/four/alice/en/")
        }
    }

    @Test("previous_submissions[{submission_time, score, autograder_error, results}]")
    func gradescope() async throws {
        try await withServer { server in
            func about(
                _ word: String, _ user: String?, asOther: Bool = false, metadata: JSONValue = [:]
            ) async throws -> JSONValue {
                let report = try await report(
                    server, word, to: "gradescope", user: user, asOther: asOther, metadata: metadata
                ).report
                guard let text = report["feedback"]["text"].string else { return report }
                return try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
            }
            #expect(try await about("first", "alice")["previous_submissions"].items.isEmpty)
            #expect(try await about("broken", "alice")["verdict"] == "internal-error")
            let third = try await about("third", "alice", metadata: ["email": "a\"lice@example.org"])
            #expect(third["users"][0]["name"] == "alice" && third["users"][0]["email"] == "a\"lice@example.org")
            let previous = third["previous_submissions"].items
            try #require(previous.count == 2, "\(third)")
            #expect(previous[0]["score"] == 0 && previous[0]["autograder_error"] == false)
            #expect(previous[0]["results"]["extra_data"]["word"] == "first", "as it was written: \(previous[0])")
            #expect(previous[1]["autograder_error"] == true && previous[1]["results"].string == nil)
            for attempt in previous {
                let time = try #require(attempt["submission_time"].string)
                #expect(time.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/#) != nil, "\(time)")
            }
            for (user, asOther) in [("bob", false), ("alice", true)] {
                let theirs = try await about("x", user, asOther: asOther)
                #expect(theirs["previous_submissions"].items.isEmpty, "\(theirs)")
            }
            #expect(try await about("y", nil)["previous_submissions"].items.isEmpty)
        }
    }
}
