package import Core
package import Sandboxing

/// One configuration under measurement.
package struct BenchmarkSubject: Sendable {
    package let configuration: BenchmarkReport.Configuration
    package let backend: any SandboxBackend
    package let report: BackendReport
    let image: SandboxImage
    let storage: StorageStrategy?
    /// Why its image cannot hold the data of experiments; `nil` if it can.
    package let lacksData: String?

    package init(
        configuration: BenchmarkReport.Configuration, backend: any SandboxBackend, report: BackendReport,
        image: SandboxImage = .host, storage: StorageStrategy? = nil, lacksData: String? = nil
    ) {
        self.configuration = configuration
        self.backend = backend
        self.report = report
        self.image = image
        self.storage = storage
        self.lacksData = lacksData
    }

    /// What its sandboxes are made from.
    func sandboxConfiguration(_ network: NetworkMode) -> SandboxConfiguration {
        SandboxConfiguration(limits: Experiment.limits, network: network, image: image, storage: storage)
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
        if let native = backend as? NativeBackend { try await native.warmUp(image: image) }
    }

    /// Whether sandboxes wait in it that nobody asked for: what one takes cannot be seen from outside.
    var keepsPool: Bool { (backend as? NativeBackend)?.configuration.poolSize ?? 0 > 0 }

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
