import Foundation
import Testing

/// Limits and timeouts of the HTTP server, set as an operator would, at their edges.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible }) struct BoundTests {
    @Test func limitsHoldAtTheirEdges() async throws {
        try await AssayServer.serving(settings: [
            "http.request-line=200", "http.header-bytes=1000", "http.header-count=10", "http.connections-per-address=4",
            "http.requests-per-connection=2", "http.body-bytes=5000", "http.header-timeout=1s", "http.idle-timeout=1s",
            "http.body-timeout=1s",
        ]) { server in
            try await expectHeadLimits(server)
            let body = #"{"language":"none","files":{"a":""#
            func post(_ count: Int) async throws -> Int {
                let filler = String(repeating: "x", count: count - body.utf8.count - 3)
                return try await server.curl("/v1/submissions", ["--json", "@-"], input: body + filler + "\"}}").status
            }
            #expect(try await post(5000) == 422)
            #expect(try await post(5001) == 413)
            let three = try await ChildProcess.run(
                ["curl", "-sS", "-o", "/dev/null", "-w", "%{num_connects} "]
                    + (0..<3).flatMap { ["\(server.url)/livez?\($0)", "-o", "/dev/null"] })
            #expect(three.output == "1 0 1 ")
            try expectTimeouts(server)
            try expectConnectionLimit(server)
            #expect(try await server.curl("/livez").status == 200)
        }
    }

    private func expectHeadLimits(_ server: AssayServer) async throws {
        let around = "GET  HTTP/1.1\r\n".utf8.count
        func path(_ line: Int) -> String { "/" + String(repeating: "a", count: line - around - 1) }
        #expect(try await server.curl(path(200)).status == 404)
        #expect(try await server.curl(path(201)).status == 414)
        // curl sends three fields by itself.
        func fields(_ count: Int) -> [String] { (3..<count).flatMap { ["-H", "X-\($0): 1"] } }
        #expect(try await server.curl("/livez", fields(10)).status == 200)
        #expect(try await server.curl("/livez", fields(11)).status == 431)
        #expect(try await server.curl("/livez", ["-H", "X: " + String(repeating: "a", count: 800)]).status == 200)
        #expect(try await server.curl("/livez", ["-H", "X: " + String(repeating: "a", count: 1000)]).status == 431)
    }

    /// Who sends too slowly is told so; who is silent between requests is let go.
    private func expectTimeouts(_ server: AssayServer) throws {
        let port = try server.port
        let slow = try RawConnection(port: port)
        slow.send("GET /livez HTTP/1.1\r\nHost:")
        #expect(try slow.read().hasPrefix("HTTP/1.1 408 "))
        let half = try RawConnection(port: port)
        half.send("POST /v1/submissions HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf")
        #expect(try half.read().hasPrefix("HTTP/1.1 408 "))
        let idle = try RawConnection(port: port)
        idle.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try idle.read().hasPrefix("HTTP/1.1 200 "), "and then it is closed")
    }

    private func expectConnectionLimit(_ server: AssayServer) throws {
        for attempt in 1... {
            let fifth = try server.greetingBeside(4)
            // The four may have been let go for idleness meanwhile, on a machine that stood still.
            if fifth.hasPrefix("HTTP/1.1 200 "), attempt < 100 { continue }
            #expect(fifth.hasPrefix("HTTP/1.1 503 "))
            return
        }
    }
}

/// What a client that does not take its part is allowed.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible }) struct SlowClientTests {
    @Test func theySlowDownNobodyElse() async throws {
        try await withScratchDirectory { directory in
            let certificates = try await TestCertificates(in: directory)
            try await certificates.make("server", subject: "localhost")
            try await certificates.make("client", subject: "student")
            let server = try await AssayServer(
                directory: directory,
                settings: [
                    "http.connections=5", "http.handshake-timeout=1s", "http.write-timeout=1s", "http.body-timeout=1s",
                    "http.minimum-rate=10", "tls.client-ca=\(certificates.certificate("ca"))",
                    "tls.require-client-certificate=true",
                ],
                arguments: [
                    "--tls-listen", "127.0.0.1:0", "--tls-certificate", certificates.certificate("server"),
                    "--tls-key", certificates.key("server"),
                ])
            do {
                let said = try String(contentsOfFile: directory + "/serve.out", encoding: .utf8)
                let found = try #require(said.firstMatch(of: #/listens on https:\/\/127\.0\.0\.1:(\d+)/#))
                let port = try #require(UInt16(found.1))
                try await expectCertificate(certificates, port)
                try expectHandshake(port)
                try expectRate(server)
                try expectTaking(server)
                try expectRoom(server)
                #expect(try await server.curl("/livez").status == 200)
            } catch {
                await server.stop()
                throw error
            }
            await server.stop()
        }
    }

    private func expectCertificate(_ certificates: TestCertificates, _ port: UInt16) async throws {
        let ask = [
            "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "60", "--cacert",
            certificates.certificate("ca"), "--resolve", "localhost:\(port):127.0.0.1",
            "https://localhost:\(port)/livez",
        ]
        let anonymous = try await ChildProcess.run(ask)
        #expect(anonymous.status != 0)
        #expect(anonymous.output == "000")
        let known = try await ChildProcess.run(
            ask + ["--cert", certificates.certificate("client"), "--key", certificates.key("client")])
        #expect(known.output == "200", "\(known.errors)")
    }

    private func expectHandshake(_ port: UInt16) throws {
        let silent = try RawConnection(port: port)
        let began = ContinuousClock.now
        #expect(try silent.read().isEmpty)
        #expect(began.duration(to: .now) >= .milliseconds(900))
    }

    /// Ten bytes a second, so the twenty that come are good for two more than the one that a body has anyway.
    private func expectRate(_ server: AssayServer) throws {
        let slow = try RawConnection(port: server.port)
        let began = ContinuousClock.now
        slow.send("POST /v1/submissions HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n" + "01234567890123456789")
        #expect(try slow.read().hasPrefix("HTTP/1.1 408 "))
        #expect(began.duration(to: .now) >= .milliseconds(2900))
    }

    /// More is asked for than the buffers of the two sockets hold, and nothing taken for longer than the server waits.
    private func expectTaking(_ server: AssayServer) throws {
        let count = 400
        let greedy = try RawConnection(port: server.port)
        greedy.send(String(repeating: "GET /openapi.yaml HTTP/1.1\r\nHost: a\r\n\r\n", count: count))
        usleep(6_000_000)
        let answers = try greedy.read().ranges(of: "HTTP/1.1 200 ").count
        #expect(answers > 0)
        #expect(answers < count)
    }

    private func expectRoom(_ server: AssayServer) throws {
        let sixth = try server.greetingBeside(5)
        #expect(sixth.hasPrefix("HTTP/1.1 503 "))
        #expect(sixth.lowercased().contains("retry-after: "))
    }
}

/// How often one client may ask.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible }) struct RateTests {
    @Test func addressesAndTokensHaveBuckets() async throws {
        try await withScratchDirectory { directory in
            let first = try await AccessToken.make("submit", in: directory)
            let second = try await AccessToken.make("submit", in: directory)
            // So slow that nothing comes back while the test runs.
            let server = try await AssayServer(
                directory: directory,
                settings: [
                    "trusted-proxies=127.0.0.1", "rate-limit.address=0.001", "rate-limit.address-burst=5",
                    "rate-limit.token=0.0001", "rate-limit.token-burst=3",
                ])
            func ask(_ address: String, _ token: String? = nil, path: String = "/v1/me") async throws
                -> AssayServer.Exchange
            {
                var headers = ["X-Forwarded-For": address]
                if let token { headers["Authorization"] = "Bearer \(token)" }
                return try await server.send("GET", path, headers: headers)
            }
            do {
                // An address has five, whatever they come to.
                for left in [4, 3, 2, 1, 0] {
                    let answer = try await ask("192.0.2.1")
                    #expect(answer.status == 401)
                    #expect(answer.headers["ratelimit-limit"] == "5")
                    #expect(answer.headers["ratelimit-remaining"] == "\(left)")
                }
                let refused = try await ask("192.0.2.1")
                #expect(refused.status == 429)
                #expect(refused["type"].string == "urn:assay:problem:too-many-requests")
                #expect(refused.headers["retry-after"].flatMap { Int($0) } ?? 0 > 600)
                #expect(refused.headers["ratelimit-reset"].flatMap { Int($0) } ?? 0 > 600)
                #expect(try await ask("192.0.2.1", path: "/livez").status == 200)
                #expect(try await ask("192.0.2.2").status == 401)
                // A /64 of IPv6 is one client.
                for number in 1...5 { #expect(try await ask("2001:db8::\(number)").status == 401) }
                #expect(try await ask("2001:db8::ffff").status == 429)
                #expect(try await ask("2001:db8:0:1::1").status == 401)

                // A token has three from everywhere; who only claims to have it takes none of them.
                let forged = first.dropLast() + (first.hasSuffix("0") ? "1" : "0")
                for number in 1...4 { #expect(try await ask("198.51.100.\(number)", String(forged)).status == 401) }
                for left in [2, 1] {
                    let answer = try await ask("198.51.100.1\(left)", first)
                    #expect(answer.status == 200)
                    #expect(answer.headers["ratelimit-limit"] == "3")
                    #expect(answer.headers["ratelimit-remaining"] == "\(left)")
                }
                let jobe = ["X-Forwarded-For": "198.51.100.20", "X-API-KEY": first]
                #expect(try await server.send("GET", JobeTests.prefix + "/languages", headers: jobe).status == 200)
                let spent = try await server.send("GET", JobeTests.prefix + "/languages", headers: jobe)
                #expect(spent.status == 429)
                #expect(spent.headers["retry-after"].flatMap { Int($0) } ?? 0 > 600)
                #expect(try await ask("198.51.100.21", first).status == 429)
                #expect(try await ask("198.51.100.22", second).status == 200)
            } catch {
                await server.stop()
                throw error
            }
            #expect(await server.stop() == 0)
        }
    }
}
