import Core
import Sandboxing
import Synchronization

/// A backend whose runs come out as the test says: for faults that a real sandbox cannot be made to have, and for what
/// is decided before and after a run.
final class ScriptedBackend: SandboxBackend {
    typealias Script = @Sendable (Command, FileBundle) async throws(SandboxError) -> Outcome

    let name: BackendName = .native
    let statistics = StageStatistics()
    private let script: Script
    private let counts = Mutex((made: 0, destroyed: 0))

    private let offersImages: Bool

    init(offersImages: Bool = false, _ script: @escaping Script = { _, _ in Outcome(ending: .exited(0)) }) {
        self.offersImages = offersImages
        self.script = script
    }

    var made: Int { counts.withLock { $0.made } }
    var destroyed: Int { counts.withLock { $0.destroyed } }

    func probe() async -> BackendReport {
        BackendReport(
            name: name, version: "test", availability: .available, isolation: .container,
            capabilities: .init(
                cpuTime: true, memory: true, processes: true, output: true, disk: true, cpuPinning: true,
                networkModes: ["none"], isRootless: false, images: offersImages))
    }

    func makeSandbox(_ configuration: SandboxConfiguration) async throws(SandboxError) -> any Sandbox {
        counts.withLock { $0.made += 1 }
        return ScriptedSandbox(backend: self)
    }

    func poolReport() -> BackendReport.Pool? { nil }

    func forget(_ image: SandboxImage) async -> Bool { true }

    func shutdown() async {}

    private final class ScriptedSandbox: Sandbox {
        let backend: ScriptedBackend
        let files = Mutex(FileBundle([]))

        init(backend: ScriptedBackend) { self.backend = backend }

        func write(_ files: FileBundle) async throws(SandboxError) { self.files.withLock { $0 = files } }

        func run(_ command: Command, with files: FileBundle?, isLast: Bool) async throws(SandboxError) -> Outcome {
            if let files { try await write(files) }
            return try await backend.script(command, self.files.withLock { $0 })
        }

        func collect(bytes: Int, files: Int) async throws(SandboxError) -> FileBundle { self.files.withLock { $0 } }

        func destroy() async { backend.counts.withLock { $0.destroyed += 1 } }
    }
}
