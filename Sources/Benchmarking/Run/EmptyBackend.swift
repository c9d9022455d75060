import Core
import Sandboxing

/// A backend in which nothing happens: what remains of a measurement is the harness.
struct EmptyBackend: SandboxBackend {
    let name: BackendName = "harness"
    let statistics = StageStatistics()

    func probe() async -> BackendReport {
        BackendReport(
            name: name, version: "", availability: .available, isolation: .container,
            capabilities: .init(
                cpuTime: false, memory: false, processes: false, output: false, disk: false, cpuPinning: false,
                networkModes: ["none"], isRootless: true))
    }

    func makeSandbox(_ configuration: SandboxConfiguration) async throws(SandboxError) -> any Sandbox { EmptySandbox() }

    func poolReport() async -> BackendReport.Pool? { nil }

    func forget(_ image: SandboxImage) -> Bool { true }

    func shutdown() async {}

    private struct EmptySandbox: Sandbox {
        func write(_ files: FileBundle) async throws(SandboxError) {}
        func run(_ command: Command, with files: FileBundle?, isLast: Bool) async throws(SandboxError) -> Outcome {
            Outcome(ending: .exited(0))
        }
        func collect(bytes: Int, files: Int) async throws(SandboxError) -> FileBundle { FileBundle([]) }
        func destroy() async {}
    }
}
