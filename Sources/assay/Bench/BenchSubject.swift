import Benchmarking
import Core
import Logging
import Sandboxing

/// The configurations that `assay bench backends` knows by name.
enum BenchSubject {
    /// `native` takes sandboxes from its pool, `native-cold` makes each one when it is asked for.
    static let names = [
        "native", "native-cold", "bubblewrap", "runc", "crun", "lxc", "docker+runc", "docker+crun", "podman", "runsc",
        "qemu",
    ]

    /// Too slow for `--quick`: a machine alone takes seconds for each run.
    private static let slow: Set<String> = ["qemu"]

    /// Sandboxes that the native backend may have at the same time: more than density tries.
    private static let nativeSandboxes = 200
    /// User ids between two native backends of one process.
    private static let userIDs = 1024
    /// A service on the same machine has the ids before.
    private static let userIDDistance = 1 << 16

    /// Those that work here. Ones that were named and do not are said so.
    static func available(
        names: [String]?, isQuick: Bool, images: [BenchImage], storages: [StorageStrategy], files: String,
        _ configuration: Configuration
    ) async throws -> [BenchmarkSubject] {
        var subjects: [BenchmarkSubject] = []
        for (index, name) in (names ?? Self.names.filter { !isQuick || !slow.contains($0) }).enumerated() {
            let backend = try backend(name, index: index, files: files, configuration)
            let report = await backend.probe()
            if case .unavailable(let reason, _) = report.availability {
                TerminalOutput.error("\(name) is left out: \(reason)")
                await backend.shutdown()
                continue
            }
            for image in images where image.image == .host || report.capabilities.images {
                for storage in chosen(storages, of: report) {
                    subjects.append(
                        BenchmarkSubject(
                            configuration: .init(backend: name, image: image.name, storage: storage.rawValue),
                            backend: backend, report: report, image: image.image, storage: storage,
                            lacksData: lack(of: report, showing: image.image, files)))
                }
            }
        }
        return subjects
    }

    /// Those of `storages` that a backend has here; its own choice where it has none of them.
    private static func chosen(_ storages: [StorageStrategy], of report: BackendReport) -> [StorageStrategy] {
        let offered = Set(report.storages.filter(\.isAvailable).map(\.name))
        let chosen = storages.filter { offered.contains($0.rawValue) }
        return chosen.isEmpty ? [report.storage] : chosen
    }

    /// The image of a machine is held in memory, except for /usr; an image of ours hides the host's /usr.
    private static func lack(of report: BackendReport, showing image: SandboxImage, _ files: String) -> String? {
        switch (report.isolation == .virtualMachine, files.hasPrefix("/usr/")) {
        case (true, false): "machines can read only what lies below /usr"
        case (_, true) where image != .host: "an image has a /usr of its own: --files must lie elsewhere"
        default: nil
        }
    }

    private static func backend(
        _ name: String, index: Int, files: String, _ configuration: Configuration
    ) throws -> any SandboxBackend {
        guard names.contains(name) else {
            throw ConfigurationError(
                source: "--only", detail: "the configurations are \(names.joined(separator: ", "))")
        }
        var own = configuration
        own.userIDBase += userIDDistance
        own.cgroup += "-bench"
        own.sandboxDirectory += "/bench-\(index)"
        if name != "qemu", !files.hasPrefix("/usr/") { own.binds.append(files) }
        if name.hasPrefix("native") {
            return NativeBackend(
                NativeConfiguration(
                    poolSize: name == "native" ? 4 : 0, maximumSandboxes: nativeSandboxes,
                    userIDBase: UInt32(own.userIDBase + index * userIDs), ceiling: own.ceiling, cgroup: own.cgroup,
                    extraBinds: own.binds))
        }
        let parts = name.split(separator: "+").map(String.init)
        own.engineRuntime = parts.count > 1 ? parts[1] : ""
        own.userIDBase += names.count * userIDs
        return try Node.backend(
            named: BackendName(rawValue: parts[0]), of: own, pool: 0, logger: LogOutput.logger(own.logLevel))
    }
}
