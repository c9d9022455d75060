import ArgumentParser
import Foundation

/// The flags that every command shares. The common settings have a flag of their own; `--set` reaches all.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: .long, help: "Configuration file (default: ./assay.yaml, then /etc/assay/assay.yaml).")
    var config: String?

    @Option(name: .long, help: "Sandbox backend.")
    var backend: String?

    @Option(name: .long, help: "Directory of language files.")
    var languages: String?

    @Option(name: .customLong("log-level"), help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel: String?

    @Option(name: .long, help: "Any setting, as name=value; may be repeated.")
    var set: [String] = []

    func load(flags: [(String, String?)] = []) throws -> Configuration {
        var all: [(String, String)] = []
        for assignment in set {
            let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw ValidationError("--set takes name=value, not '\(assignment)'") }
            all.append((String(parts[0]), String(parts[1])))
        }
        let own = [("backend", backend), ("languages", languages), ("log-level", logLevel)] + flags
        all += own.compactMap { name, value in value.map { (name, $0) } }
        return try Configuration.load(file: config, environment: ProcessInfo.processInfo.environment, flags: all)
    }
}
