package import Core
package import Sandboxing
import Storage

/// The backends of this node, and what each said of itself when it was asked last.
package struct BackendRegistry: Sendable {
    package let backends: [any SandboxBackend]
    package let reports: [BackendName: BackendReport]
    package var defaultName: BackendName

    /// Asks every backend for its report.
    package init(_ backends: [any SandboxBackend], default defaultName: BackendName) async {
        self.backends = backends
        self.defaultName = defaultName
        var reports: [BackendName: BackendReport] = [:]
        for backend in backends { reports[backend.name] = await backend.probe() }
        self.reports = reports
    }

    /// Those of other nodes, as they described them.
    package init(remote reports: [BackendReport], default defaultName: BackendName) {
        backends = reports.map(RemoteBackend.init)
        self.defaultName = defaultName
        self.reports = Dictionary(reports.map { ($0.name, $0) }) { first, _ in first }
    }

    package func backend(named name: BackendName) -> (any SandboxBackend)? { backends.first { $0.name == name } }

    /// What each backend keeps ready now; those that keep nothing are left out.
    package func pools() async -> [BackendName: BackendReport.Pool] {
        var pools: [BackendName: BackendReport.Pool] = [:]
        for backend in backends { pools[backend.name] = await backend.poolReport() }
        return pools
    }

    /// What those do that are available.
    func activity() async -> [BackendActivity] {
        let pools = await pools()
        return backends.filter { reports[$0.name]?.availability == .available }.map { backend in
            BackendActivity(
                name: backend.name, stages: backend.statistics.medians, ready: pools[backend.name]?.ready,
                target: pools[backend.name]?.target)
        }
    }

    package func shutdown() async {
        for backend in backends { await backend.shutdown() }
    }
}
