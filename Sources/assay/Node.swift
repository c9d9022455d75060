import CLinux
import Core
import Foundation
import Glibc
import Grading
import Logging
import Sandboxing
import Storage
import TaskFormats

/// What grading on this machine needs, made from the configuration. `serve`, `run` and the lists share it.
struct Node: Sendable {
    let configuration: Configuration
    let backends: BackendRegistry
    let context: GradingContext
    let capacity: Capacity

    /// Starts the backends and finds the languages (of `languages`, or of all language files). Call `shutdown()` at the
    /// end.
    static func start(
        _ configuration: Configuration, languages: [Language]? = nil, uploads: UploadedTasks? = nil, pool: Int,
        logger: Logger
    ) async throws -> Node {
        let languages = try languages ?? Self.languages(of: configuration)
        let capacity = try capacity(of: configuration)
        let backends = try await Self.backends(of: configuration, pool: pool, logger: logger)
        guard let backend = backends.backend(named: backends.defaultName) else {
            throw ConfigurationError(source: "backend", detail: "there is no backend named '\(configuration.backend)'")
        }
        let policy = policy(of: configuration, capacity: capacity)
        let context = GradingContext(
            languages: await LanguageCatalog.detect(languages, in: backend, images: policy.images),
            tasks: try tasks(of: configuration, logger: logger), backends: backends, policy: policy,
            uploads: uploads, layers: Self.layers(of: configuration, logger))
        return Node(configuration: configuration, backends: backends, context: context, capacity: capacity)
    }

    /// A node that grades nothing: what can be graded it learns from those that do (`Heartbeat`).
    static func front(_ configuration: Configuration, uploads: UploadedTasks, logger: Logger) throws -> Node {
        let capacity = Capacity(cpus: [], memory: 0)
        let backends = BackendRegistry(remote: [], default: configuration.backend)
        let context = GradingContext(
            languages: LanguageCatalog([]), tasks: try tasks(of: configuration, logger: logger), backends: backends,
            policy: policy(of: configuration, capacity: capacity), uploads: uploads)
        return Node(configuration: configuration, backends: backends, context: context, capacity: capacity)
    }

    /// Set-up scripts need root, like the native backend that shows what they made.
    private static func layers(of configuration: Configuration, _ logger: Logger) -> LayerStore? {
        guard geteuid() == 0 else { return nil }
        let builder = LayerBuilder(
            cgroup: configuration.cgroup + "-layers", limits: configuration.setUp, extraBinds: configuration.binds)
        return LayerStore(
            LayerStore.Configuration(
                directory: configuration.layerDirectory, capacity: configuration.layerCapacity, builder: builder),
            logger: logger)
    }

    func shutdown() async { await backends.shutdown() }

    private static func policy(of configuration: Configuration, capacity: Capacity) -> SubmissionPolicy {
        SubmissionPolicy(
            ceiling: configuration.ceiling, queue: configuration.queueLimits,
            capacity: capacity.total, sourceBytes: configuration.sourceLimit,
            images: ImagePolicy(directory: configuration.imageDirectory, standard: configuration.image),
            sandboxChooser: configuration.sandboxChooser)
    }

    /// As it tells the others of itself.
    var description: NodeDescription {
        var backends: [String: String] = [:]
        for (name, report) in self.backends.reports where report.availability == .available {
            backends[name.rawValue] = report.version
        }
        return NodeDescription(
            name: configuration.node, role: configuration.role, version: Version.string, startedAt: Date(),
            capacity: capacity.total, free: capacity.available, backends: backends)
    }

    static func languages(of configuration: Configuration) throws -> [Language] {
        guard let directory = languageDirectory(of: configuration) else {
            throw ConfigurationError(
                source: "languages", detail: "the language files are not installed; set ASSAY_SHARE or languages")
        }
        return try LanguageFile.loadAll(in: directory)
    }

    private static func languageDirectory(of configuration: Configuration) -> String? {
        configuration.languages.isEmpty
            ? Installation.shareDirectory.map { $0 + "/Languages" } : configuration.languages
    }

    private static func tasks(of configuration: Configuration, logger: Logger) throws -> TaskCatalog {
        guard !configuration.tasks.isEmpty else { return TaskCatalog() }
        let catalog = try TaskCatalog(directory: configuration.tasks)
        for error in catalog.errors { logger.error("a task cannot be used", metadata: ["reason": "\(error)"]) }
        return catalog
    }

    /// The CPUs that this process may run on, and memory as configured.
    private static func capacity(of configuration: Configuration) throws -> Capacity {
        let cpus = allowedCPUs()
        let slots = slots(of: configuration)
        guard slots <= cpus.count else {
            throw ConfigurationError(
                source: "slots", detail: "\(slots) slots need as many CPUs; there are \(cpus.count)")
        }
        // The first CPUs are left to the service: interrupts tend to go there as well.
        return Capacity(cpus: Array(cpus.suffix(slots)), memory: try memory(of: configuration))
    }

    /// CPU slots as configured: one per CPU that is not reserved where nothing is said.
    static func slots(of configuration: Configuration) -> Int {
        configuration.slots == 0 ? max(1, allowedCPUs().count - configuration.reservedCPUs) : configuration.slots
    }

    /// Memory for submissions as configured, else what is free but for the reserve.
    private static func memory(of configuration: Configuration) throws -> Int {
        guard configuration.memory == 0 else { return configuration.memory }
        let available = availableMemory()
        guard configuration.reservedMemory > 0 else { return available / 4 * 3 }
        guard configuration.reservedMemory < available else {
            throw ConfigurationError(
                source: "reserved-memory", detail: "only \(available) bytes are free: nothing would be left")
        }
        return available - configuration.reservedMemory
    }

    private static func allowedCPUs() -> [Int] {
        var mask = [UInt8](repeating: 0, count: 1024)
        let length = linux_allowed_cpus(&mask, mask.count)
        guard length > 0 else { return Array(0..<ProcessInfo.processInfo.activeProcessorCount) }
        return mask.prefix(Int(length)).enumerated().flatMap { index, byte in
            (0..<8).filter { byte & (1 << $0) != 0 }.map { index * 8 + $0 }
        }
    }

    /// What can be had, in bytes: `MemAvailable`, or what the control groups around this process leave of it.
    private static func availableMemory() -> Int { min(hostMemory(), ControlGroupMemory.left() ?? .max) }

    /// `MemAvailable`, in bytes.
    private static func hostMemory() -> Int {
        let text = FileManager.default.contents(atPath: "/proc/meminfo").map { String(decoding: $0, as: UTF8.self) }
        let line = text?.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return (kilobytes ?? 1 << 20) * 1024
    }
}
