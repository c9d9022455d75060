import Foundation
import Testing

/// Clients that others wrote, or that work as theirs do, against the running service.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible }, .serving(settings: ["jobe-patience=600s"]))
struct ClientTests {
    private func run(_ python: String, _ script: String, _ argument: String) throws {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [Checkout.root + "/Tests/Clients/" + script, argument]
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text)")
    }

    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: Checkout.root + "/.venv/bin/python"), "Scripts/setup makes .venv"
        ))
    func judge0sPythonPackageWorksUnmodified() async throws {
        let service = try AssayServer.shared
        try run(Checkout.root + "/.venv/bin/python", "judge0_sdk.py", service.url + "/judge0")
    }

    @Test func aClientLikeCodeRunnerWorks() async throws {
        let service = try AssayServer.shared
        try run("/usr/bin/python3", "coderunner.py", String(service.url.dropFirst("http://".count)))
    }
}
