import Core
import Glibc
import Sandboxing

/// The native backend that the tests share, and shorthands to run programs in it.
enum NativeHost {
    /// Whether this process may start the launcher at all.
    static let isPrivileged = geteuid() == 0

    /// The launcher that was built beside these tests.
    static let launcherPath: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let size = readlink("/proc/self/exe", &buffer, buffer.count)
        let program = String(decoding: buffer.prefix(max(0, size)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return program.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/assay-launcher"
    }()

    static let backend = NativeBackend(
        NativeConfiguration(poolSize: 2, maximumSandboxes: 64, userIDBase: 0x7100_0000, cgroup: "assay-tests"))

    static func limits(_ change: (inout Limits) -> Void = { _ in }) -> Limits {
        var limits = Limits.default
        change(&limits)
        return limits
    }

    /// Runs one command in a sandbox of its own.
    static func run(
        _ arguments: [String], files: [SourceFile] = [], stdin: String = "", limits: Limits = .default,
        environment: [String: String] = Command.defaultEnvironment, of backend: NativeBackend = backend
    ) async throws -> Outcome {
        let configuration = SandboxConfiguration(limits: limits)
        return try await withSandbox(of: backend, configuration) { sandbox in
            let command = Command(
                arguments: arguments, environment: environment, stdin: Array(stdin.utf8), limits: limits)
            return try await sandbox.run(command, with: files.isEmpty ? nil : FileBundle(files), isLast: true)
        }
    }

    /// Runs a shell script.
    static func shell(_ script: String, stdin: String = "", limits: Limits = .default) async throws -> Outcome {
        try await run(["sh", "-c", script], stdin: stdin, limits: limits)
    }

    static func python(_ source: String, stdin: String = "", limits: Limits = .default) async throws -> Outcome {
        try await run(["/usr/bin/python3", "-c", source], stdin: stdin, limits: limits)
    }

    /// Compiles C and runs it, each in a sandbox of its own.
    static func c(
        _ source: String, arguments: [String] = [], stdin: String = "", limits: Limits = .default,
        options: [String] = []
    ) async throws -> Outcome {
        let program = try await compile(source, options: options)
        return try await withSandbox(of: backend, SandboxConfiguration(limits: limits)) { sandbox in
            try await sandbox.write(program)
            return try await sandbox.run(
                Command(arguments: ["./main"] + arguments, stdin: Array(stdin.utf8), limits: limits))
        }
    }

    struct CompilationFailed: Error { let message: String }

    static func compile(_ source: String, options: [String] = []) async throws -> FileBundle {
        let limits = Language.compileLimits
        return try await withSandbox(of: backend, SandboxConfiguration(limits: limits)) { sandbox in
            try await sandbox.write(FileBundle([try SourceFile(path: RelativePath("main.c"), text: source)]))
            let outcome = try await sandbox.run(
                Command(arguments: ["gcc", "-O1", "-o", "main", "main.c", "-pthread"] + options, limits: limits))
            guard outcome.ending == .exited(0) else { throw CompilationFailed(message: outcome.stderr.text) }
            return try await sandbox.collect(bytes: 16 << 20, files: 16)
        }
    }
}

extension CapturedOutput {
    var text: String { String(decoding: bytes, as: UTF8.self) }
}
