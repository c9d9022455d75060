import Core
import Metrics
import Sandboxing

/// A backend whose sandboxes tell monitoring how long a grader waits for their removal: the one stage that no report
/// can hold, because it comes after the report.
struct MeasuredBackend: SandboxBackend {
    let base: any SandboxBackend

    init(_ base: any SandboxBackend) { self.base = base }

    var name: BackendName { base.name }
    func probe() async -> BackendReport { await base.probe() }
    var statistics: StageStatistics { base.statistics }
    func poolReport() async -> BackendReport.Pool? { await base.poolReport() }
    func forget(_ image: SandboxImage) async -> Bool { await base.forget(image) }
    /// The backend is others' too.
    func shutdown() async {}

    func makeSandbox(_ configuration: SandboxConfiguration) async throws(SandboxError) -> any Sandbox {
        MeasuredSandbox(base: try await base.makeSandbox(configuration), backend: name)
    }
}

private struct MeasuredSandbox: Sandbox {
    let base: any Sandbox
    let backend: BackendName

    func write(_ files: FileBundle) async throws(SandboxError) { try await base.write(files) }

    func run(_ command: Command, with files: FileBundle?, isLast: Bool) async throws(SandboxError) -> Outcome {
        try await base.run(command, with: files, isLast: isLast)
    }

    func collect(bytes: Int, files: Int) async throws(SandboxError) -> FileBundle {
        try await base.collect(bytes: bytes, files: files)
    }

    func destroy() async {
        let start = ContinuousClock.now
        await base.destroy()
        GradingMetrics.cleaned(backend, in: ContinuousClock.now - start)
    }
}
