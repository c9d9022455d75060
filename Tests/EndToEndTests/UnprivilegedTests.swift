import Foundation
import Testing

/// Without root nothing runs with less than it asked for: it is refused, and said why.
@Suite(.enabled("only root can become somebody else") { AssayServer.isPossible })
struct UnprivilegedTests {
    private func run(_ arguments: [String], in directory: String) async throws -> (status: Int32, text: String) {
        let (output, errors) = (directory + "/out", directory + "/err")
        let child = try ChildProcess(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", Checkout.program("assay")] + arguments,
            output: output, errors: errors)
        let status = await child.wait()
        let text = try [output, errors].map { try String(contentsOfFile: $0, encoding: .utf8) }.joined()
        return (status, text)
    }

    @Test func theNativeBackendSaysWhatItLacks() async throws {
        try await withScratchDirectory { directory in
            let (status, text) = try await run(["backends"], in: directory)
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("native") })
            #expect(status == 0)
            #expect(line.contains("unavailable: ") && line.contains("root"), "\(line)")
        }
    }

    @Test func aProgramIsRefused() async throws {
        try await withScratchDirectory { directory in
            chmod(directory, 0o755)
            try "echo ran\n".write(toFile: directory + "/main.sh", atomically: true, encoding: .utf8)
            let (status, text) = try await run(["run", directory + "/main.sh"], in: directory)
            #expect(status != 0)
            #expect(!text.contains("ran\n") && text.contains("not available"), "\(text)")
        }
    }
}
