import ArgumentParser
import Core
import Foundation
import Sandboxing
import Storage

struct BackendsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backends", abstract: "List the sandbox backends and what each enforces on this machine.",
        discussion: """
            Where services share the database that the configuration names, a second table shows how long the stages of \
            their last runs took (medians), and how many sandboxes they keep ready.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Option(name: .long, help: "Data directory of the services (default ./assay-data).")
    var data: String?

    @Option(name: .long, help: "Their PostgreSQL URL or SQLite file (default: assay.sqlite in the data directory).")
    var database: String?

    @Flag(help: "List how each backend can make root file systems, and what drivers the host has for engines.")
    var storage = false

    @Option(help: "Run hello world this often in every available backend, and show what each stage takes.")
    var measure: Int?

    func run() async throws {
        var configuration = try options.load(flags: [("data", data), ("database", database)])
        if options.logLevel == nil { configuration.logLevel = .error }
        configuration.backends = Node.knownBackends
        let node = try await Node.start(
            configuration, languages: [], pool: 0, logger: LogOutput.logger(configuration.logLevel))
        do {
            if storage {
                print(TerminalOutput.table(storages(node)))
            } else {
                print(TerminalOutput.table(measure == nil ? list(node) : try await stages(node)))
                if measure == nil { try await printActivity(configuration) }
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
                case .available: "available" + report.unenforced.map(\.words).joined()
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

    private static let stageTitles = ["CREATE ms", "LAUNCH ms", "EXECUTE ms", "STOP ms", "CLEAN ms"]

    /// Medians of every stage, in milliseconds.
    private func stages(_ node: Node) async throws -> [[String]] {
        var rows = [["NAME", "RUNS"] + Self.stageTitles]
        for backend in node.backends.backends where node.backends.reports[backend.name]?.availability == .available {
            var limits = Limits.default
            limits.wallTime = .seconds(60)
            limits.cpuTime = .seconds(60)
            let command = Command(arguments: ["/bin/sh", "-c", "echo hello world"], limits: limits)
            let runs = max(1, measure ?? 1)
            for _ in 0..<runs {
                let outcome = try await withSandbox(of: backend, SandboxConfiguration(limits: limits)) { sandbox in
                    try await sandbox.run(command)
                }
                guard outcome.ending == .exited(0) else {
                    throw SandboxError.lost("hello world ended in \(backend.name) with \(outcome.ending)")
                }
            }
            // Afterwards every sandbox is removed, and that was timed too.
            await backend.shutdown()
            rows.append([backend.name.rawValue, "\(runs)"] + row(of: backend.statistics.medians))
        }
        return rows
    }

    /// What the services that share the database told of themselves last, if there are any.
    private func printActivity(_ configuration: Configuration) async throws {
        guard configuration.isDatabaseShared || FileManager.default.fileExists(atPath: configuration.databaseLocation)
        else { return }
        let store = try await configuration.openStore()
        let nodes: [NodeRecord]
        do { nodes = try await store.nodes() } catch {
            await store.close()
            throw error
        }
        await store.close()
        let rows = nodes.filter(\.isAlive).map(\.description).flatMap { node in
            (node.activity ?? []).map { backend in
                let ready = backend.ready.map { "\($0) of \(backend.target ?? $0)" }
                return [node.name, backend.name.rawValue, ready ?? "-"] + row(of: backend.stages)
            }
        }
        guard !rows.isEmpty else { return }
        print("\n" + TerminalOutput.table([["NODE", "NAME", "READY"] + Self.stageTitles] + rows))
    }

    private func row(of stages: StageTimings?) -> [String] {
        guard let stages else { return Self.stageTitles.map { _ in "-" } }
        // The launcher removes by itself, and nobody times that.
        let clean = stages.clean == .zero ? "-" : milliseconds(stages.clean)
        return [stages.create, stages.launch, stages.execute, stages.stop].map(milliseconds) + [clean]
    }

    private func milliseconds(_ duration: Duration) -> String {
        let hundredths = Int((duration.inSeconds * 100_000).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}

extension BackendReport.Unenforced {
    fileprivate var words: String {
        "; \(limit.words) are not enforced, \(isAccepted ? "as accepted" : "refuses programs")"
    }
}

extension BackendReport.Capabilities {
    /// The limits enforced, in words.
    var summary: String {
        let limits: [(String, Bool)] = [
            ("cpu", cpuTime), ("memory", memory), ("processes", processes), ("output", output), ("disk", disk),
            ("pinning", cpuPinning),
        ]
        let abilities = [
            ("connections", connections), ("images", images), ("layers", layers), ("rootless", isRootless),
        ]
        let enforced =
            (limits + abilities).filter(\.1).map(\.0) + networkModes.map { "net:\($0)" }
        return enforced.isEmpty ? "nothing" : enforced.joined(separator: ",")
    }
}
