import ArgumentParser
import Core
import Sandboxing

struct BackendsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backends", abstract: "List the sandbox backends and what each enforces on this machine.")

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        var configuration = try options.load()
        if options.logLevel == nil { configuration.logLevel = .error }
        let node = try await Node.start(
            configuration, languages: [], pool: 0, logger: LogOutput.logger(configuration.logLevel))
        let rows = node.backends.reports.values.sorted { $0.name.rawValue < $1.name.rawValue }.map { report in
            let status =
                switch report.availability {
                case .available: "available"
                case .unavailable(let reason, let remedy): "unavailable: \(reason). \(remedy)"
                }
            return [
                report.name.rawValue, report.version, report.isolation.rawValue, report.capabilities.summary, status,
            ]
        }
        print(TerminalOutput.table([["NAME", "VERSION", "ISOLATION", "ENFORCES", "STATUS"]] + rows))
        await node.shutdown()
    }
}

extension BackendReport.Capabilities {
    /// The limits enforced, in words.
    var summary: String {
        let limits: [(String, Bool)] = [
            ("cpu", cpuTime), ("memory", memory), ("processes", processes), ("output", output), ("disk", disk),
            ("pinning", cpuPinning),
        ]
        let enforced = limits.filter(\.1).map(\.0) + networkModes.map { "net:\($0)" }
        return enforced.isEmpty ? "nothing" : enforced.joined(separator: ",")
    }
}
