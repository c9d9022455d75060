import Foundation
import Testing

/// Clients that wait for a submission's end.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible }) struct WaitingTests {
    /// What Benchmarks/http/waits holds for a minute, for some seconds.
    @Test func aThousandWaitWhileOthersAsk() async throws {
        try await AssayServer.serving { server in
            let result = try await ChildProcess.run([
                "python3", Checkout.root + "/Benchmarks/http/waits", server.url, "--seconds", "8", "--pid",
                "\(server.processID)",
            ])
            #expect(result.status == 0, "\(result.output)\(result.errors)")
            #expect(result.output.contains("1000 waits and"))
        }
    }

    /// SIGTERM answers whoever waits, with a hint to come back, and takes the service down in good order.
    @Test func aServiceThatEndsSendsItsWaitersBack() async throws {
        try await withScratchDirectory { directory in
            let server = try await AssayServer(directory: directory, settings: ["access-log=off"])
            let body = #"{"language":"bash","files":{"main.sh":"sleep 100"},"limits":{"wall_seconds":120}}"#
            let submitted = try await server.curl("/v1/submissions", ["--json", "@-"], input: body)
            let path = "\(server.url)/v1/submissions/\(try #require(try submitted.json["id"].string))"
            let wait = try ChildProcess(
                ["curl", "-sSi", path + "?wait=60s"], output: directory + "/wait", errors: directory + "/wait.err")
            let events = try ChildProcess(
                ["curl", "-sSN", path + "/events"], output: directory + "/events", errors: directory + "/events.err")
            func waiting() async throws -> Bool {
                try await server.curl("/metrics").body.contains("assay_waiting_requests 2\n")
            }
            for _ in 0..<600 {
                if try await waiting() { break }
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(try await waiting())
            #expect(await server.stop() == 0)
            #expect(await wait.wait() == 0)
            #expect(await events.wait() == 0)
            let answer = try String(contentsOfFile: directory + "/wait", encoding: .utf8)
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(answer)")
            #expect(answer.contains("Retry-After: 2\r\n") && answer.contains("Connection: close\r\n"))
            #expect(answer.contains(#""status":"running""#) || answer.contains(#""status":"queued""#))
            let stream = try String(contentsOfFile: directory + "/events", encoding: .utf8)
            #expect(stream.hasSuffix("retry: 2000\n\n"), "\(stream)")
        }
    }
}
