import Core
import Sandboxing
import Testing

/// Something that a sandbox does whatever technology made it. Written once; the suite of every backend runs them all.
struct SandboxPromise: Sendable, CustomTestStringConvertible {
    typealias Check = @Sendable (SandboxHost) async throws -> Void

    let name: String
    /// What the backend must say that it enforces; without it `otherwise` is what happens instead.
    let need: (capability: any KeyPath<BackendReport.Capabilities, Bool> & Sendable, otherwise: Check)?
    let check: Check

    init(_ name: String, _ check: @escaping Check) { (self.name, need, self.check) = (name, nil, check) }

    /// A promise that not every technology can keep. One that cannot must say so, and `otherwise` shows that it speaks
    /// the truth.
    init(
        _ name: String, if capability: any KeyPath<BackendReport.Capabilities, Bool> & Sendable,
        _ check: @escaping Check, otherwise: @escaping Check
    ) {
        (self.name, need, self.check) = (name, (capability, otherwise), check)
    }

    var testDescription: String { name }

    static let all = running + limiting + moving + isolating + connecting + ending

    func verify(on host: SandboxHost) async throws {
        if let need, try await !host.report.capabilities[keyPath: need.capability] {
            try await need.otherwise(host)
        } else {
            try await check(host)
        }
    }
}

/// A backend under test, and shorthands to run programs in it.
struct SandboxHost: Sendable {
    let backend: any SandboxBackend
    /// How many times slower than this machine its programs run: emulated processors take their time.
    var slowness = 1
    /// Whether its guest's clock may run faster than this machine's, as where nothing but an emulated processor counts.
    var hasHastyClock = false

    /// What the backend said when it was asked first: asking an engine for every promise would take longer than keeping
    /// it.
    var report: BackendReport {
        get async throws {
            let report = await Self.reports.report(of: backend)
            if case .unavailable(let reason, _) = report.availability {
                throw SandboxError.unavailable(backend: backend.name, reason: reason)
            }
            return report
        }
    }

    private static let reports = Reports()

    private actor Reports {
        private var known: [BackendName: BackendReport] = [:]

        func report(of backend: any SandboxBackend) async -> BackendReport {
            if let report = known[backend.name], report.availability == .available { return report }
            let report = await backend.probe()
            known[backend.name] = report
            return report
        }
    }

    /// The default limits, changed; times are for a machine of ordinary speed.
    func limits(_ change: (inout Limits) -> Void = { _ in }) -> Limits {
        var limits = Limits.default
        change(&limits)
        limits.cpuTime *= slowness
        limits.wallTime *= slowness
        return limits
    }

    /// Runs one command in a sandbox of its own.
    func run(
        _ arguments: [String], files: [SourceFile] = [], stdin: String = "", environment: [String: String]? = nil,
        _ change: (inout Limits) -> Void = { _ in }
    ) async throws -> Outcome {
        let limits = limits(change)
        return try await withSandbox(of: backend, SandboxConfiguration(limits: limits)) { sandbox in
            let command = Command(
                arguments: arguments, environment: environment ?? Command.defaultEnvironment,
                stdin: Array(stdin.utf8), limits: limits)
            return try await sandbox.run(command, with: files.isEmpty ? nil : FileBundle(files), isLast: true)
        }
    }

    func shell(
        _ script: String, stdin: String = "", _ change: (inout Limits) -> Void = { _ in }
    ) async throws -> Outcome {
        try await run(["sh", "-c", script], stdin: stdin, change)
    }

    func python(_ source: String, _ change: (inout Limits) -> Void = { _ in }) async throws -> Outcome {
        try await run(["/usr/bin/python3", "-c", source], change)
    }

    /// One sandbox for several requests.
    @discardableResult
    func sandbox<Result: Sendable>(
        _ limits: Limits, _ body: (any Sandbox) async throws -> Result
    ) async throws -> Result {
        try await withSandbox(of: backend, SandboxConfiguration(limits: limits), body)
    }
}
