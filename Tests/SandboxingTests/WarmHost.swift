import Core
import Foundation
import Sandboxing
import TaskFormats

/// The native backend that the tests of prepared runtimes share, and Python programs run with and without one.
enum WarmHost {
    static let backend = NativeBackend(
        NativeConfiguration(poolSize: 2, maximumSandboxes: 16, userIDBase: 0x7900_0000, cgroup: "assay-warm"))

    struct NotPrepared: Error {}

    /// As its language file has it.
    static func python() throws -> Language {
        let path = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/Languages/python3.yaml"
        return try LanguageFile.parse(String(contentsOfFile: path, encoding: .utf8), named: path)
    }

    /// A program: its files, and how it is started.
    struct Program: Sendable {
        var files: [SourceFile] = []
        var arguments: [String] = []
        var stdin = ""
        var limits = Limits.default
        /// Beyond the language's.
        var environment: [String: String] = [:]
        /// Beyond `main.py`.
        var options: [String] = []

        init(
            _ source: String, files: [String: String] = [:], arguments: [String] = [], stdin: String = "",
            limits: Limits = .default, environment: [String: String] = [:], options: [String] = []
        ) throws {
            self.files = try [SourceFile(path: RelativePath("main.py"), text: source)]
            for (path, text) in files.sorted(by: { $0.key < $1.key }) {
                self.files.append(try SourceFile(path: RelativePath(path), text: text))
            }
            (self.arguments, self.stdin, self.limits) = (arguments, stdin, limits)
            (self.environment, self.options) = (environment, options)
        }

        var start: WarmStart {
            get throws {
                let python = try WarmHost.python()
                guard let preparation = python.warm else { throw NotPrepared() }
                let environment = Command.environment(of: python)
                let start = WarmStart(
                    arguments: ["python3"] + options + ["main.py"],
                    environment: environment.merging(self.environment) { $1 }, preparation: preparation)
                guard let start else { throw NotPrepared() }
                return start
            }
        }
    }

    /// Runs it; with `isWarm` in a sandbox where an interpreter waits, which must then have become the program.
    static func run(_ program: Program, isWarm: Bool, of backend: NativeBackend = backend) async throws -> Outcome {
        let start = try program.start
        if isWarm { try await backend.warmUp(start, limits: program.limits) }
        let configuration = SandboxConfiguration(limits: program.limits, warm: isWarm ? start : nil)
        let before = backend.statistics.warmRuns
        let outcome = try await withSandbox(of: backend, configuration) { sandbox in
            try await sandbox.write(FileBundle(program.files))
            return try await sandbox.run(
                Command(
                    arguments: start.arguments + program.arguments, environment: start.environment,
                    stdin: Array(program.stdin.utf8), limits: program.limits))
        }
        guard backend.statistics.warmRuns - before == (isWarm ? 1 : 0) else { throw NotPrepared() }
        return outcome
    }
}
