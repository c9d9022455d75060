import Foundation
import Synchronization
import Testing

/// The real `assay serve`, in a process of its own, on a free port, with a data directory of its own.
final class AssayServer: Sendable {
    /// `http://127.0.0.1:port`
    let url: String
    private let child: ChildProcess

    struct StartError: Error, CustomStringConvertible {
        let description: String
    }

    /// What tells the services of one machine apart: each has its own cgroup and user ids.
    struct Identity: Sendable {
        let cgroup: String
        let userIDBase: Int

        private static let made = Atomic(0)

        init() {
            let number = Self.made.add(1, ordering: .relaxed).newValue
            let process = Int(getpid())
            cgroup = "assay-test-\(process)-\(number)"
            // Twenty services in one test process, and a thousand ids for each.
            userIDBase = 1_300_000_000 + (process % 20_000) * 20_000 + (number % 20) * 1000
        }
    }

    /// How long a server may take to say where it listens: it looks for every language first.
    private static let startTimeout = Duration.seconds(120)

    /// `environment` in the form NAME=VALUE; `arguments` come last and so count.
    init(
        directory: String, identity: Identity = Identity(), settings: [String] = [], environment: [String] = [],
        arguments: [String] = []
    ) async throws {
        let output = directory + "/serve.out"
        let errors = directory + "/serve.err"
        child = try ChildProcess(
            environment + [
                Checkout.program("assay"), "serve", "--listen", "127.0.0.1:0", "--data", directory + "/data", "--set",
                "cgroup=\(identity.cgroup)", "--set", "uid-base=\(identity.userIDBase)", "--log-level", "warning",
            ] + settings.flatMap { ["--set", $0] } + arguments, output: output, errors: errors)
        let start = ContinuousClock.now
        while true {
            let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
            // The whole announcement is flushed at once.
            if text.contains("slots; languages: "), let match = text.firstMatch(of: #/listens on (http:\S+)/#) {
                url = String(match.1)
                return
            }
            guard child.isRunning, ContinuousClock.now - start < Self.startTimeout else {
                child.signal(SIGKILL)
                let errors = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
                throw StartError(description: "assay serve did not start: \(text)\(errors)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    var isRunning: Bool { child.isRunning }
    var processID: Int32 { child.processID }

    func signal(_ signal: Int32) { child.signal(signal) }

    /// As a power cut would: no time for anything.
    func kill() async {
        child.signal(SIGKILL)
        _ = await child.wait()
    }

    /// As an operator would. The exit code.
    @discardableResult func stop() async -> Int32 {
        child.signal(SIGTERM)
        return await child.wait()
    }

    /// A server for the length of `body`.
    static func serving<Result>(
        settings: [String] = [], _ body: (AssayServer) async throws -> Result
    ) async throws -> Result {
        try await withScratchDirectory { directory in
            let server = try await AssayServer(directory: directory, settings: settings)
            do {
                let result = try await body(server)
                #expect(await server.stop() == 0, "SIGTERM ends a server well")
                return result
            } catch {
                await server.stop()
                throw error
            }
        }
    }
}

/// One server for all tests of a suite, which find it in `AssayServer.shared`.
struct ServerTrait: SuiteTrait, TestScoping {
    let settings: [String]

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await AssayServer.serving(settings: settings) { server in
            try await AssayServer.$current.withValue(server) { try await function() }
        }
    }
}

extension AssayServer {
    @TaskLocal fileprivate static var current: AssayServer?

    /// The suite's server.
    static var shared: AssayServer {
        get throws { try #require(current) }
    }

    /// Whether the tests can run: sandboxes are made by root.
    static var isPossible: Bool { geteuid() == 0 }
}

extension Trait where Self == ServerTrait {
    static func serving(settings: [String] = []) -> ServerTrait { ServerTrait(settings: settings) }
}
