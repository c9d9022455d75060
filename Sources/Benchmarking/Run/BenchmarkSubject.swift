package import Core
package import Sandboxing

/// One configuration under measurement.
package struct BenchmarkSubject: Sendable {
    package let configuration: BenchmarkReport.Configuration
    package let backend: any SandboxBackend
    package let report: BackendReport
    /// What a sandbox is made from, for given limits and network.
    package let makeConfiguration: @Sendable (Limits, NetworkMode) -> SandboxConfiguration
    /// Why its image cannot hold the data of experiments; `nil` if it can.
    package let lacksData: String?

    package init(
        configuration: BenchmarkReport.Configuration, backend: any SandboxBackend, report: BackendReport,
        lacksData: String? = nil,
        makeConfiguration: @escaping @Sendable (Limits, NetworkMode) -> SandboxConfiguration = {
            SandboxConfiguration(limits: $0, network: $1)
        }
    ) {
        self.configuration = configuration
        self.backend = backend
        self.report = report
        self.lacksData = lacksData
        self.makeConfiguration = makeConfiguration
    }

    var label: String { configuration.label }

    /// Why `experiment` cannot be made in it; `nil` if it can.
    func refusal(of experiment: Experiment) -> String? {
        if !report.capabilities.networkModes.contains(experiment.network.name) {
            return "the backend has no network mode \(experiment.network.name)"
        }
        return experiment.data == nil ? nil : lacksData
    }

    /// Fills the pool of a backend that keeps one: its sandboxes are taken from there, which is what is measured.
    func prepare() async throws {
        if let native = backend as? NativeBackend { try await native.warmUp() }
    }

    package var summary: BenchmarkReport.Backend {
        let can = report.capabilities
        let status =
            switch report.availability {
            case .available: "available"
            case .unavailable(let reason, _): "unavailable: \(reason)"
            }
        return BenchmarkReport.Backend(
            name: configuration.backend, version: report.version, isolation: report.isolation.rawValue,
            enforcesLimits: can.cpuTime && can.memory && can.processes, status: status)
    }
}
