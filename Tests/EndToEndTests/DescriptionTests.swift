import Foundation
import Testing

/// What the service says of itself is true: openapi.yaml, and its metrics.
@Suite(
    .enabled("sandboxes are made by root") { AssayServer.isPossible },
    .serving(settings: ["tasks=\(Checkout.root)/Examples/native"]), .serialized)
struct DescriptionTests {
    @Test func metricsAreClean() async throws {
        let server = try AssayServer.shared
        _ = try await server.grade(["language": "bash", "files": ["main.sh": "echo metrics"]])
        _ = try await server.curl("/v1/nothing")
        let answer = try await server.curl("/metrics")
        #expect(answer.status == 200)
        #expect(answer.contentType.hasPrefix("text/plain; version=0.0.4"))
        #expect(answer.body.contains("# TYPE "))
        let check = try await ChildProcess.run(["promtool", "check", "metrics"], input: answer.body)
        #expect(check.status == 0, "\(check.errors)")
        #expect(check.output + check.errors == "", "promtool has nothing to say")
    }

    @Test func theDescriptionIsServed() async throws {
        let answer = try await AssayServer.shared.curl("/openapi.yaml")
        #expect(answer.contentType == "application/yaml")
        #expect(answer.body == (try String(contentsOfFile: Checkout.root + "/openapi.yaml", encoding: .utf8)))
    }

    /// Schemathesis makes requests from openapi.yaml, good and bad, and compares the answers with it.
    @Test func theDescriptionAgreesWithTheService() async throws {
        let server = try AssayServer.shared
        let program = Checkout.root + "/.venv/bin/schemathesis"
        try #require(FileManager.default.fileExists(atPath: program), "Scripts/setup makes .venv")
        // DELETE cancels; what was cancelled can still be read, which is no use after free.
        let result = try await ChildProcess.run([
            program, "--no-color", "--config-file", Checkout.root + "/Tests/EndToEndTests/schemathesis.toml",
            "run", Checkout.root + "/openapi.yaml", "--url", server.url, "--checks", "all", "--exclude-checks",
            "use_after_free", "--max-examples", "20", "--seed", "1", "--generation-database", "none",
        ])
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(server.isRunning)
    }
}
