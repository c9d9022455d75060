import ArgumentParser
import Core
import Sandboxing

struct BackendsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backends", abstract: "List the sandbox backends and what each enforces on this machine.")

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "List how each backend can make root file systems, and what drivers the host has for engines.")
    var storage = false

    @Option(help: "Run hello world this often in every available backend, and show what each stage takes.")
    var measure: Int?

    func run() async throws {
        var configuration = try options.load()
        if options.logLevel == nil { configuration.logLevel = .error }
        configuration.backends = Node.knownBackends
        let node = try await Node.start(
            configuration, languages: [], pool: 0, logger: LogOutput.logger(configuration.logLevel))
        do {
            if storage {
                print(TerminalOutput.table(storages(node)))
            } else {
                print(TerminalOutput.table(measure == nil ? list(node) : try await stages(node)))
            }
        } catch {
            await node.shutdown()
            throw error
        }
        await node.shutdown()
    }

    private func list(_ node: Node) -> [[String]] {
        let rows = node.backends.backends.compactMap { node.backends.reports[$0.name] }.map { report in
            let status =
                switch report.availability {
                case .available: "available"
                case .unavailable(let reason, let remedy): "unavailable: \(reason). \(remedy)"
                }
            return [
                report.name.rawValue, report.version, report.isolation.rawValue, report.capabilities.summary,
                report.storages.filter(\.isAvailable).map(\.name).joined(separator: ","), status,
            ]
        }
        return [["NAME", "VERSION", "ISOLATION", "ENFORCES", "STORAGE", "STATUS"]] + rows
    }

    private func storages(_ node: Node) -> [[String]] {
        func row(_ owner: String, _ report: StorageReport, isDefault: Bool = false) -> [String] {
            let status =
                switch report.availability {
                case .available: isDefault ? "available, default" : "available"
                case .unavailable(let reason, let remedy): "unavailable: \(reason). \(remedy)"
                }
            return [owner, report.name, report.detail, status]
        }
        let offered = node.backends.backends.compactMap { node.backends.reports[$0.name] }
            .filter { $0.availability == .available }
            .flatMap { backend in
                backend.storages.map {
                    row(backend.name.rawValue, $0, isDefault: $0.name == backend.storage.rawValue)
                }
            }
        return [["BACKEND", "STORAGE", "DETAIL", "STATUS"]] + offered
            + HostStorage.drivers().map { row("(engines)", $0) }
    }

    /// Medians of every stage, in milliseconds.
    private func stages(_ node: Node) async throws -> [[String]] {
        var rows = [["NAME", "RUNS", "CREATE ms", "LAUNCH ms", "EXECUTE ms", "STOP ms", "CLEAN ms"]]
        for backend in node.backends.backends where node.backends.reports[backend.name]?.availability == .available {
            var limits = Limits.default
            limits.wallTime = .seconds(60)
            limits.cpuTime = .seconds(60)
            let command = Command(arguments: ["/bin/sh", "-c", "echo hello world"], limits: limits)
            var runs: [StageTimings] = []
            for _ in 0..<max(1, measure ?? 1) {
                let outcome = try await withSandbox(of: backend, SandboxConfiguration(limits: limits)) { sandbox in
                    try await sandbox.run(command)
                }
                guard outcome.ending == .exited(0) else { continue }
                runs.append(outcome.stages)
            }
            await backend.shutdown()
            func median(_ stage: KeyPath<StageTimings, Duration>) -> String {
                let sorted = runs.map { $0[keyPath: stage] }.sorted()
                return sorted.isEmpty ? "-" : milliseconds(sorted[sorted.count / 2])
            }
            let clean = (backend as? GuestBackend)?.statistics.medians.map { milliseconds($0.clean) }
            rows.append([
                backend.name.rawValue, "\(runs.count)", median(\.create), median(\.launch), median(\.execute),
                median(\.stop), clean ?? "-",
            ])
        }
        return rows
    }

    private func milliseconds(_ duration: Duration) -> String {
        let hundredths = Int((duration.inSeconds * 100_000).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}

extension BackendReport.Capabilities {
    /// The limits enforced, in words.
    var summary: String {
        let limits: [(String, Bool)] = [
            ("cpu", cpuTime), ("memory", memory), ("processes", processes), ("output", output), ("disk", disk),
            ("pinning", cpuPinning),
        ]
        let abilities = [("connections", connections), ("images", images), ("rootless", isRootless)]
        let enforced =
            (limits + abilities).filter(\.1).map(\.0) + networkModes.map { "net:\($0)" }
        return enforced.isEmpty ? "nothing" : enforced.joined(separator: ",")
    }
}
