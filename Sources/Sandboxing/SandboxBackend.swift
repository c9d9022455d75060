package import Core

/// A technology that isolates programs. What it cannot do it says beforehand, through `probe()`.
package protocol SandboxBackend: Sendable {
    var name: BackendName { get }

    /// Whether it works on this host, and what it enforces; if not, the reason and the remedy.
    func probe() async -> BackendReport

    /// A sandbox that nobody has used, for one party. The caller must `destroy()` it.
    func makeSandbox(_ configuration: SandboxConfiguration) async throws(SandboxError) -> any Sandbox

    /// How long the stages of its last runs took.
    var statistics: StageStatistics { get }

    /// What it keeps ready now; `nil` for one that keeps nothing.
    func poolReport() async -> BackendReport.Pool?

    /// Lets go of an image that is to be removed; false while somebody uses a sandbox of it.
    func forget(_ image: SandboxImage) async -> Bool

    /// Ends everything that it keeps ready. No sandbox may be made afterwards.
    func shutdown() async
}

/// One isolated place for one party's files and programs. Life cycle: create, launch, execute, stop, clean.
package protocol Sandbox: Sendable {
    /// Puts `files` into the work directory, before the first run or between runs.
    func write(_ files: FileBundle) async throws(SandboxError)

    /// Puts `files` into the work directory, as `write(_:)` does, and runs `command` until it ends or breaks a limit. When
    /// its first process ends, every other one is killed before this returns. Cancelling the calling task ends the program
    /// with `Ending.cancelled`.
    ///
    /// After the last run nothing is asked of the sandbox but `destroy()`: a backend may remove it while it answers.
    func run(_ command: Command, with files: FileBundle?, isLast: Bool) async throws(SandboxError) -> Outcome

    /// The regular files of the work directory, at most `bytes` and `files` of them. No program is running then.
    /// Links and special files are left out.
    func collect(bytes: Int, files: Int) async throws(SandboxError) -> FileBundle

    /// Ends it. Returns when the caller need not wait any more; what is left is removed in the background.
    func destroy() async
}

extension Sandbox {
    /// Runs `command` with what is in the work directory already. Others may follow.
    package func run(_ command: Command) async throws(SandboxError) -> Outcome {
        try await run(command, with: nil, isLast: false)
    }
}

/// Makes a sandbox for the length of `body`.
@discardableResult
package func withSandbox<Result: Sendable>(
    of backend: any SandboxBackend, _ configuration: SandboxConfiguration,
    _ body: (any Sandbox) async throws -> Result
) async throws -> Result {
    let sandbox = try await backend.makeSandbox(configuration)
    do {
        let result = try await body(sandbox)
        await sandbox.destroy()
        return result
    } catch {
        await sandbox.destroy()
        throw error
    }
}
