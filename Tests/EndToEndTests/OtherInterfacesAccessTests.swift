import Testing

/// Tokens in the fields that clients of Jobe and Judge0 have for them.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible }) struct OtherInterfacesAccessTests {
    @Test func tokensAreAskedForOnceThereAreSome() async throws {
        try await withScratchDirectory { directory in
            let server = try await AssayServer(directory: directory)
            let student = try await AccessToken.make("submit", in: directory)
            let other = try await AccessToken.make("submit", in: directory)
            let admin = try await AccessToken.make("admin", in: directory)
            // An open service looks again within a second.
            try await Task.sleep(for: .seconds(2))

            let run: JSONValue = ["run_spec": ["language_id": "python3", "sourcecode": "print(1)"]]
            let runs = JobeTests.prefix + "/runs"
            let refused = try await server.send("POST", runs, run)
            #expect(refused.status == 401)
            #expect(refused.json.string != nil)
            #expect(try await server.send("POST", runs, run, headers: ["X-API-KEY": "wrong"]).status == 401)
            #expect(try await server.send("POST", runs, run, headers: ["X-API-KEY": student])["outcome"] == 15)
            let file = JobeTests.prefix + "/files/abcdefgh"
            let contents: JSONValue = ["file_contents": "AA=="]
            #expect(try await server.send("PUT", file, contents, headers: ["X-API-KEY": student]).status == 204)
            #expect(try await server.send("HEAD", file, headers: ["X-API-KEY": student]).status == 204)
            #expect(try await server.send("HEAD", file, headers: ["X-API-KEY": other]).status == 404)

            let submission: JSONValue = ["language_id": 71, "source_code": "print(1)"]
            let denied = try await server.send("POST", "/judge0/submissions", submission)
            #expect(denied.status == 401)
            #expect(denied["error"].string != nil)
            let taken = try await server.send(
                "POST", "/judge0/submissions?wait=true", submission, headers: ["X-Auth-Token": student])
            #expect(taken.status == 201)
            let path = "/judge0/submissions/" + (taken["token"].string ?? "")
            #expect(try await server.send("GET", path, headers: ["X-Auth-Token": student]).status == 200)
            #expect(try await server.send("GET", path, headers: ["X-Auth-Token": other]).status == 404)
            #expect(try await server.send("GET", path, headers: ["X-Auth-Token": admin]).status == 200)
            let list = "/judge0/submissions"
            #expect(try await server.send("GET", list, headers: ["X-Auth-Token": student]).status == 403)
            #expect(try await server.send("GET", list, headers: ["X-Auth-Token": admin]).status == 200)
            let authenticate = "/judge0/authenticate"
            #expect(try await server.send("POST", authenticate).status == 401)
            #expect(try await server.send("POST", authenticate, headers: ["X-Auth-Token": student]).status == 200)
            let authorize = "/judge0/authorize"
            #expect(try await server.send("POST", authorize, headers: ["X-Auth-User": student]).status == 403)
            #expect(try await server.send("POST", authorize, headers: ["X-Auth-User": admin]).status == 200)
            await server.stop()
        }
    }

    @Test func aListHoldsWhatItsReaderMaySee() async throws {
        try await withScratchDirectory { directory in
            let one = try await AccessToken.make("submit", "read", courses: ["algebra"], in: directory)
            let other = try await AccessToken.make("submit", "read", courses: ["botany"], in: directory)
            let server = try await AssayServer(directory: directory)
            for (number, token) in [one, one, other].enumerated() {
                let taken = try await server.send(
                    "POST", "/judge0/submissions?wait=true",
                    ["language_id": 43, "source_code": .string("\(number)")], headers: ["X-Auth-Token": token])
                #expect(taken.status == 201)
            }
            for (token, outputs) in [(one, ["1", "0"]), (other, ["2"])] {
                let list = try await server.send(
                    "GET", "/judge0/submissions?fields=stdout", headers: ["X-Auth-Token": token])
                #expect(list["submissions"].items.map { $0["stdout"].string } == outputs)
                #expect(list["meta"]["total_count"] == .number(Double(outputs.count)))
                #expect(list["meta"]["total_pages"] == 1)
            }
            await server.stop()
        }
    }
}
