import Foundation
import Testing

/// Where `assay serve` listens and how it speaks there, with clients that others wrote.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible }) struct ListeningTests {
    /// Every kind of address at once: IPv4, IPv6, a Unix socket and TLS.
    private struct House {
        let server: AssayServer
        let directory: String
        let certificates: TestCertificates
        let socket: String
        /// `http://[::1]:port`
        let six: String
        let tlsPort: String

        init(_ directory: String) async throws {
            self.directory = directory
            certificates = try await TestCertificates(in: directory)
            try await certificates.make("server", subject: "localhost")
            try await certificates.make("client", subject: "student")
            socket = directory + "/assay.sock"
            server = try await AssayServer(
                directory: directory,
                settings: [
                    "tls.client-ca=\(certificates.certificate("ca"))", "socket-mode=600", "trusted-proxies=unix",
                    "cors-origins=https://good.example,https://other.example", "access-log=warning",
                ],
                arguments: [
                    "--listen", "127.0.0.1:0,[::1]:0,unix:\(socket)", "--tls-listen", "127.0.0.1:0",
                    "--tls-certificate",
                    certificates.certificate("server"), "--tls-key", certificates.key("server"), "--log-level", "info",
                ])
            let said = try String(contentsOfFile: directory + "/serve.out", encoding: .utf8)
            six = String(try #require(said.firstMatch(of: #/listens on (http:\/\/\[::1\]:\d+)/#)).1)
            tlsPort = String(try #require(said.firstMatch(of: #/listens on https:\/\/127\.0\.0\.1:(\d+)/#)).1)
            #expect(said.contains("listens on unix:\(socket)"))
        }

        var log: String { (try? String(contentsOfFile: directory + "/serve.err", encoding: .utf8)) ?? "" }

        /// The line of the log with all of `words`, as soon as it is there.
        func logLine(_ words: String...) async throws -> String {
            for _ in 0..<600 {
                let lines = log.split(separator: "\n")
                if let line = lines.first(where: { line in words.allSatisfy(line.contains) }) { return String(line) }
                try await Task.sleep(for: .milliseconds(100))
            }
            Issue.record("no line of the log has \(words)")
            return ""
        }

        func curl(_ arguments: [String], input: String = "") async throws -> ChildProcess.Result {
            try await ChildProcess.run(["curl", "-sS", "--globoff", "--max-time", "120"] + arguments, input: input)
        }

        /// Through TLS, trusting the test's authority.
        func secure(_ path: String, _ arguments: [String]) async throws -> ChildProcess.Result {
            try await curl(
                ["--cacert", certificates.certificate("ca"), "--resolve", "localhost:\(tlsPort):127.0.0.1"] + arguments
                    + [
                        "https://localhost:\(tlsPort)\(path)"
                    ])
        }

        func openssl(_ arguments: [String]) async throws -> String {
            let request = "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            return try await ChildProcess.run(
                [
                    "openssl", "s_client", "-connect", "127.0.0.1:\(tlsPort)", "-CAfile",
                    certificates.certificate("ca"),
                    "-ign_eof",
                ] + arguments, input: request
            ).output
        }
    }

    private func withHouse(_ body: (House) async throws -> Void) async throws {
        try await withScratchDirectory { directory in
            let house = try await House(directory)
            do { try await body(house) } catch {
                await house.server.stop()
                throw error
            }
            #expect(await house.server.stop() == 0)
            #expect(!FileManager.default.fileExists(atPath: house.socket))
        }
    }

    @Test func servesEveryAddress() async throws {
        try await withHouse { house in
            try await expectPlainAddresses(house)
            try await expectTLS(house)
            try await expectCertificates(house)
            try await expectForwarding(house)
            try await expectNames(house)
            try await expectCrossOrigin(house)
            try await expectContents(house)
            try await expectMetrics(house)
        }
    }

    private func expectPlainAddresses(_ house: House) async throws {
        let version = ["-w", " %{http_code} %{http_version}"]
        #expect(try await house.curl(version + [house.server.url + "/livez"]).output.hasSuffix(" 200 1.1"))
        #expect(try await house.curl(version + [house.six + "/livez"]).output.hasSuffix(" 200 1.1"))
        let local = try await house.curl(version + ["--unix-socket", house.socket, "http://a/livez"])
        #expect(local.output.hasSuffix(" 200 1.1"))
        let mode = try FileManager.default.attributesOfItem(atPath: house.socket)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    private func expectTLS(_ house: House) async throws {
        let code = ["-o", "/dev/null", "-w", "%{http_code}"]
        for version in [["--tlsv1.3"], ["--tls-max", "1.2"]] {
            #expect(try await house.secure("/livez", code + version).output == "200")
        }
        #expect(try await house.secure("/livez", ["--tls-max", "1.1"]).status != 0)
        #expect(try await house.curl(["https://127.0.0.1:\(house.tlsPort)/livez"]).status != 0, "an unknown authority")
        #expect(
            try await house.curl(["http://127.0.0.1:\(house.tlsPort)/livez"]).status != 0, "TLS alone is spoken there")
        #expect(try await house.curl([house.server.url.replacing("http:", with: "https:")]).status != 0)
        for version in ["-tls1_2", "-tls1_3"] {
            let said = try await house.openssl([version, "-alpn", "h2,http/1.1"])
            #expect(said.contains("HTTP/1.1 200 OK"), "\(said)")
            #expect(said.contains("ALPN protocol: http/1.1"))
            #expect(said.contains("Verify return code: 0 (ok)"))
        }
        #expect(try await !house.openssl(["-tls1_2", "-cipher", "AES128-SHA"]).contains("HTTP/1.1"))
    }

    /// Certificates of clients are asked for; another certificate of the server counts from SIGHUP on, a broken one never.
    private func expectCertificates(_ house: House) async throws {
        let certificates = house.certificates
        #expect(try await house.openssl([]).contains("Acceptable client certificate CA names"))
        let client = ["--cert", certificates.certificate("client"), "--key", certificates.key("client")]
        #expect(try await house.secure("/livez", client).status == 0)
        func subject() async throws -> String {
            String(try await house.openssl([]).firstMatch(of: #/subject=CN = (\S+)/#)?.1 ?? "")
        }
        #expect(try await subject() == "localhost")
        try "broken".write(toFile: certificates.certificate("server"), atomically: true, encoding: .utf8)
        house.server.signal(SIGHUP)
        _ = try await house.logLine("certificate and key stay as they were")
        #expect(try await subject() == "localhost")
        try await certificates.make("server", subject: "renewed")
        house.server.signal(SIGHUP)
        _ = try await house.logLine("certificate and key were read again")
        #expect(try await subject() == "renewed")
    }

    /// X-Forwarded-For counts from trusted proxies alone.
    private func expectForwarding(_ house: House) async throws {
        let forwarded = ["-H", "X-Forwarded-For: 198.51.100.7, 203.0.113.9"]
        _ = try await house.curl(forwarded + ["--unix-socket", house.socket, "http://a/through-proxy"])
        #expect(try await house.logLine("path=/through-proxy").contains("remote=203.0.113.9"))
        _ = try await house.curl(forwarded + [house.server.url + "/past-proxy"])
        #expect(try await house.logLine("path=/past-proxy").contains("remote=127.0.0.1"))
    }

    /// A trace goes from the request into the answer, the logs and the report; secrets go nowhere.
    private func expectNames(_ house: House) async throws {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        let body = #"{"language":"bash","files":{"main.sh":"true"}}"#
        let answer = try await house.curl(
            [
                "-i", "--json", body, "-H", "traceparent: 00-\(trace)-00f067aa0ba902b7-01", "-H",
                "Authorization: Bearer very-secret-token", house.server.url + "/v1/submissions?wait=60s",
            ])
        #expect(answer.output.lowercased().contains("x-request-id: \(trace)"))
        let report = try #require(answer.output.split(separator: "\r\n\r\n").last)
        let json = try JSONDecoder().decode(JSONValue.self, from: Data(report.utf8))
        #expect(json["report"]["request_id"].string == trace)
        let access = try await house.logLine("request=\(trace)", "path=/v1/submissions", "method=POST")
        #expect(access.contains("status=200") && access.contains("parent=00f067aa0ba902b7"))
        _ = try await house.logLine("graded", "request=\(trace)", "verdict=accepted")
        _ = try await house.curl([house.server.url + "/livez?token=also-secret"])
        _ = try await house.logLine("path=/livez", "method=GET")
        #expect(!house.log.contains("secret"))
        let own = try await house.curl(["-o", "/dev/null", "-w", "%header{x-request-id}", house.server.url + "/livez"])
        #expect(own.output.contains(#/^[0-9a-f]{32}$/#))
    }

    private func expectCrossOrigin(_ house: House) async throws {
        func headers(_ origin: String, _ arguments: [String]) async throws -> String {
            try await house.curl(
                ["-i", "-H", "Origin: \(origin)"] + arguments + [house.server.url + "/v1/submissions"]
            ).output.lowercased()
        }
        let ask = ["-X", "OPTIONS", "-H", "Access-Control-Request-Method: POST"]
        let preflight = try await headers("https://good.example", ask)
        #expect(preflight.contains("access-control-allow-origin: https://good.example"))
        #expect(preflight.contains(#/access-control-allow-methods: .*post/#))
        #expect(preflight.contains("access-control-allow-headers: authorization"))
        let plain = try await headers("https://other.example", [])
        #expect(plain.contains("access-control-allow-origin: https://other.example"))
        #expect(plain.contains("vary: ") && plain.contains("origin"))
        // What the server itself refuses, before the body has come.
        let tooLarge = ["-X", "POST", "-H", "Content-Length: 99999999999", "--max-time", "5"]
        let refused = try await headers("https://good.example", tooLarge)
        #expect(refused.hasPrefix("http/1.1 413 "))
        #expect(refused.contains("access-control-allow-origin: https://good.example"))
        for arguments in [ask, [], tooLarge] {
            #expect(try await !headers("https://bad.example", arguments).contains("access-control-allow-origin"))
        }
    }

    private func expectContents(_ house: House) async throws {
        let page = house.server.url + "/"
        let whole = try await house.curl([page]).output
        #expect(whole.count > 100)
        #expect(try await house.curl(["--compressed", page]).output == whole)
        let size = try await house.curl([
            "-H", "Accept-Encoding: gzip", "-o", "/dev/null", "-w", "%{size_download}", page,
        ])
        #expect(try #require(Int(size.output)) < whole.utf8.count)
        #expect(
            try await house.curl(["-r", "2-8", "-w", " %{http_code}", page]).output
                == "\(whole.dropFirst(2).prefix(7)) 206")
        // 100 MB where 24 MiB are taken: refused, and soon.
        let upload = house.directory + "/upload"
        try Data().write(to: URL(fileURLWithPath: upload))
        try FileHandle(forWritingTo: URL(fileURLWithPath: upload)).truncate(atOffset: 100 << 20)
        let refused = try await house.curl(
            [
                "-o", "/dev/null", "-w", "%{http_code}", "-H", "Content-Type: application/json", "-T", upload, "-X",
                "POST",
            ]
                + [house.server.url + "/v1/submissions"])
        #expect(refused.output == "413")
    }

    /// Whatever clients ask for, there is a series for each route, method and status that the service has.
    private func expectMetrics(_ house: House) async throws {
        func series() async throws -> [Substring] {
            try await house.curl([house.server.url + "/metrics"]).output.split(separator: "\n")
        }
        _ = try await house.curl([house.server.url + "/v1/submissions/01m8c4tq2x8k5nw0rz3v9d7bfh"])
        let paths = (0..<40).map { house.server.url + "/random/\($0)" }
        _ = try await house.curl(["-o", "/dev/null"] + paths)
        _ = try await house.curl(["-X", "BREW", house.server.url + "/livez"])
        _ = try await series()
        let found = try await series()
        func value(_ name: String) -> Int? {
            found.first { $0.hasPrefix(name + " ") }.flatMap { Int($0.dropFirst(name.count + 1)) }
        }
        let total = "assay_http_requests_total"
        #expect(value(total + #"{route="/v1/submissions",method="POST",status="200"}"#) == 1)
        #expect(value(total + #"{route="/v1/submissions/{id}",method="GET",status="404"}"#) == 1)
        #expect(value(total + #"{route="/{path...}",method="GET",status="404"}"#) ?? 0 >= 40)
        #expect(value(total + #"{route="/livez",method="other",status="405"}"#) == 1)
        #expect(value(#"assay_http_request_seconds_count{route="/livez"}"#) ?? 0 > 3)
        #expect(!found.contains { $0.contains("random") || $0.contains("BREW") || $0.contains("01m8c4") })
    }

    /// The sockets that a service manager opened, as systemd passes them.
    @Test func takesSocketsOfAServiceManager() async throws {
        let manager = """
            import os, socket, sys
            listener = socket.socket()
            listener.bind((sys.argv[1], 0))
            listener.listen()
            print("passes port", listener.getsockname()[1], flush=True)
            os.dup2(listener.fileno(), 3)
            os.set_inheritable(3, True)
            os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="web")
            os.execv(sys.argv[2], sys.argv[2:])
            """
        func serve(_ host: String, _ directory: String) throws -> ChildProcess {
            let identity = AssayServer.Identity()
            return try ChildProcess(
                [
                    "python3", "-c", manager, host, Checkout.program("assay"), "serve", "--listen", "systemd:web",
                    "--data",
                    directory + "/data", "--set", "cgroup=\(identity.cgroup)", "--set",
                    "uid-base=\(identity.userIDBase)",
                ], output: directory + "/out", errors: directory + "/err")
        }
        try await withScratchDirectory { directory in
            let open = try serve("0.0.0.0", directory)
            #expect(await open.wait() != 0, "a socket that others reach is not served without tokens")
            #expect(try String(contentsOfFile: directory + "/err", encoding: .utf8).contains("assay token create"))

            let child = try serve("127.0.0.1", directory)
            var said = ""
            for _ in 0..<1200 where child.isRunning && !said.contains("slots;") {
                try await Task.sleep(for: .milliseconds(100))
                said = try String(contentsOfFile: directory + "/out", encoding: .utf8)
            }
            let errors = try String(contentsOfFile: directory + "/err", encoding: .utf8)
            try #require(child.isRunning, "\(errors)")
            let port = try #require(said.firstMatch(of: #/passes port (\d+)/#)?.1, "\(said)")
            #expect(said.contains("listens on http://127.0.0.1:\(port)"))
            let answer = try await ChildProcess.run(["curl", "-sS", "http://127.0.0.1:\(port)/livez"])
            #expect(answer.output.contains("ok"))
            child.signal(SIGTERM)
            #expect(await child.wait() == 0)
        }
    }

    @Test(arguments: [
        (["--listen", "0.0.0.0:0"], "assay token create"), (["--listen", "[::]:0"], "--insecure"),
        (["--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0"], "tls.certificate"),
        (["--listen", ""], "listen"), (["--listen", "8080"], "listen"),
        (["--set", "trusted-proxies=proxy"], "trusted-proxies"),
        (["--set", "cors-origins=example.org"], "cors-origins"), (["--set", "access-log=loud"], "access-log"),
        (["--set", "socket-mode=999"], "socket-mode"), (["--set", "rate-limit.token=-1"], "rate-limit.token"),
        (["--set", "rate-limit.token-burst=0"], "rate-limit.token-burst"),
        (["--listen", "systemd"], "service manager"),
    ])
    func doesNotServeWhatIsNotMeant(_ arguments: [String], _ reason: String) async throws {
        try await withScratchDirectory { directory in
            let result = try await ChildProcess.run(
                [Checkout.program("assay"), "serve", "--data", directory + "/data"] + arguments)
            #expect(result.status != 0)
            #expect(result.errors.contains(reason), "\(result.errors)")
        }
    }
}
