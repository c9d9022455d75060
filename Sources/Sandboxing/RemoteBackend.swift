package import Core

/// A backend of other nodes, as they described it. It can be named in submissions; nothing runs in it here.
package struct RemoteBackend: SandboxBackend {
    private let report: BackendReport
    /// Stays empty: nothing runs here.
    package let statistics = StageStatistics()

    package init(_ report: BackendReport) { self.report = report }

    package var name: BackendName { report.name }
    package func probe() async -> BackendReport { report }

    package func makeSandbox(_ configuration: SandboxConfiguration) async throws(SandboxError) -> any Sandbox {
        throw .unavailable(backend: name, reason: "it works on other nodes; this one grades nothing")
    }

    package func poolReport() -> BackendReport.Pool? { nil }

    package func forget(_ image: SandboxImage) -> Bool { true }

    package func shutdown() async {}
}
