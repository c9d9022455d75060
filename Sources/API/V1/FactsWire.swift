import Core
import Grading
import Sandboxing

/// The body of `GET /v1/languages`.
struct LanguageListWire: Sendable, Encodable {
    let languages: [LanguageWire]

    init(_ catalog: LanguageCatalog) { languages = catalog.entries.map(LanguageWire.init) }
}

struct LanguageWire: Sendable, Encodable {
    let name: String
    let title: String
    let aliases: [String]
    let entryFile: RelativePath
    let available: Bool
    let version: String?
    let reason: String?
    let package: String?
    let compiled: Bool
    let limits: LimitsWire

    private enum CodingKeys: String, CodingKey {
        case name, title, aliases, available, version, reason, package, compiled, limits
        case entryFile = "entry_file"
    }

    init(_ entry: LanguageCatalog.Entry) {
        let language = entry.language
        name = language.name
        title = language.title
        aliases = language.aliases
        entryFile = language.entryFile
        compiled = language.compile != nil
        limits = LimitsWire(language.limits.applied(to: .default))
        switch entry.availability {
        case .available(let found): (available, version, reason, package) = (true, found, nil, nil)
        case .unavailable(let why): (available, version, reason, package) = (false, nil, why, language.package)
        }
    }
}

/// The body of `GET /v1/backends`.
struct BackendListWire: Sendable, Encodable {
    let backends: [BackendWire]
    /// Drivers that engines know, and whether one on this host could take them.
    let storageDrivers = HostStorage.drivers().map { StorageWire($0) }

    private enum CodingKeys: String, CodingKey {
        case backends
        case storageDrivers = "storage_drivers"
    }

    /// `pools` are what the backends keep ready now.
    init(_ registry: BackendRegistry, pools: [BackendName: BackendReport.Pool]) {
        backends = registry.backends.compactMap { backend in
            registry.reports[backend.name].map {
                BackendWire(
                    $0, isDefault: backend.name == registry.defaultName, pool: pools[backend.name],
                    stages: backend.statistics.medians)
            }
        }
    }
}

struct BackendWire: Sendable, Encodable {
    let report: BackendReport
    let isDefault: Bool
    let pool: PoolWire?
    /// Medians of the last runs; `nil` before the first.
    let stages: StagesWire?

    init(_ report: BackendReport, isDefault: Bool, pool: BackendReport.Pool?, stages: StageTimings?) {
        self.report = report
        self.isDefault = isDefault
        self.pool = pool.map(PoolWire.init)
        self.stages = stages.map(StagesWire.init)
    }

    struct PoolWire: Sendable, Encodable {
        let ready, target, minimum, maximum, idleMemory, warm: Int
        let warmProblem: String?

        init(_ pool: BackendReport.Pool) {
            (ready, target) = (pool.ready, pool.target)
            (minimum, maximum, idleMemory) = (pool.minimum, pool.maximum, pool.idleMemory)
            (warm, warmProblem) = (pool.warm, pool.warmProblem)
        }

        private enum CodingKeys: String, CodingKey {
            case ready, target, minimum, maximum, warm
            case idleMemory = "idle_memory"
            case warmProblem = "warm_problem"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case name, version, available, reason, remedy, isolation, enforces, rootless, images, layers, pool, storage,
            stages, connections, unenforced, notes
        case isDefault = "default"
        case networkModes = "network_modes"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(report.name, forKey: .name)
        try container.encode(report.version, forKey: .version)
        try container.encode(isDefault, forKey: .isDefault)
        switch report.availability {
        case .available: try container.encode(true, forKey: .available)
        case .unavailable(let reason, let remedy):
            try container.encode(false, forKey: .available)
            try container.encode(reason, forKey: .reason)
            try container.encode(remedy, forKey: .remedy)
        }
        try container.encode(report.isolation, forKey: .isolation)
        let can = report.capabilities
        try container.encode(
            [
                "cpu_time": can.cpuTime, "memory": can.memory, "processes": can.processes, "output": can.output,
                "disk": can.disk, "cpu_pinning": can.cpuPinning,
            ], forKey: .enforces)
        try container.encode(can.networkModes, forKey: .networkModes)
        try container.encode(can.isRootless, forKey: .rootless)
        try container.encode(can.images, forKey: .images)
        try container.encode(can.layers, forKey: .layers)
        try container.encode(can.connections, forKey: .connections)
        if !report.unenforced.isEmpty {
            try container.encode(report.unenforced.map(UnenforcedWire.init), forKey: .unenforced)
        }
        if !report.notes.isEmpty { try container.encode(report.notes, forKey: .notes) }
        try container.encodeIfPresent(stages, forKey: .stages)
        try container.encodeIfPresent(pool, forKey: .pool)
        try container.encode(
            report.storages.map { StorageWire($0, isDefault: $0.name == report.storage.rawValue) }, forKey: .storage)
    }
}

/// A limit that cannot be enforced.
struct UnenforcedWire: Sendable, Encodable {
    let limit: UnenforcedLimit
    let accepted: Bool
    let reason, remedy: String

    init(_ unenforced: BackendReport.Unenforced) {
        (limit, accepted) = (unenforced.limit, unenforced.isAccepted)
        (reason, remedy) = (unenforced.reason, unenforced.remedy)
    }
}

/// A way to keep root file systems.
struct StorageWire: Sendable, Encodable {
    let report: StorageReport
    /// `nil` where there is nothing to choose.
    let isDefault: Bool?

    init(_ report: StorageReport, isDefault: Bool? = nil) {
        self.report = report
        self.isDefault = isDefault
    }

    private enum CodingKeys: String, CodingKey {
        case name, available, reason, remedy, detail
        case isDefault = "default"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(report.name, forKey: .name)
        try container.encodeIfPresent(isDefault, forKey: .isDefault)
        try container.encode(report.isAvailable, forKey: .available)
        if case .unavailable(let reason, let remedy) = report.availability {
            try container.encode(reason, forKey: .reason)
            try container.encode(remedy, forKey: .remedy)
        }
        if !report.detail.isEmpty { try container.encode(report.detail, forKey: .detail) }
    }
}
