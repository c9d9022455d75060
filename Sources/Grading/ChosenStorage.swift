import Core
import Sandboxing

/// A backend whose sandboxes get their roots by one strategy.
struct ChosenStorage: SandboxBackend {
    let backend: any SandboxBackend
    let storage: StorageStrategy

    var name: BackendName { backend.name }
    var statistics: StageStatistics { backend.statistics }

    func probe() async -> BackendReport { await backend.probe() }

    func makeSandbox(_ configuration: SandboxConfiguration) async throws(SandboxError) -> any Sandbox {
        var configuration = configuration
        configuration.storage = storage
        return try await backend.makeSandbox(configuration)
    }

    func poolReport() async -> BackendReport.Pool? { await backend.poolReport() }

    func forget(_ image: SandboxImage) async -> Bool { await backend.forget(image) }

    /// The backend is others' too.
    func shutdown() async {}
}
