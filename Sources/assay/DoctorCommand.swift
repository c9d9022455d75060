import ArgumentParser
import Core
import Foundation
import Grading
import Sandboxing

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Say what this machine can and cannot enforce, and how to mend it.",
        discussion: "The exit code is 1 when something failed, so that installers can ask.")

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        var configuration = try options.load()
        if options.logLevel == nil { configuration.logLevel = .critical }
        let node = try await Node.start(configuration, pool: 0, logger: LogOutput.logger(configuration.logLevel))
        let checks =
            HostCheck.host()
            + node.backends.backends.flatMap { backend in
                node.backends.reports[backend.name].map(HostCheck.backend) ?? []
            } + [HostCheck.space(at: configuration.data), HostCheck.files()]
            + Self.languages(of: node)
        await node.shutdown()
        var rows: [[String]] = []
        for check in checks {
            rows.append([check.result.rawValue, check.subject, check.detail])
            if !check.remedy.isEmpty { rows.append(["", "", "→ " + check.remedy]) }
        }
        print(TerminalOutput.table(rows))
        if checks.contains(where: { $0.result == .failure }) { throw ExitCode(1) }
    }
}

extension DoctorCommand {
    /// Languages are found by running their programs.
    private static func languages(of node: Node) -> [HostCheck] {
        let unenforced = node.backends.reports[node.backends.defaultName]?.unenforced ?? []
        guard unenforced.allSatisfy(\.isAccepted) else {
            return [HostCheck("languages", .warning, "not looked for: programs are refused, see above")]
        }
        return node.context.languages.entries.map(HostCheck.language)
    }
}

extension HostCheck {
    /// A backend's availability, and a line for each limit that it does not enforce here.
    static func backend(_ report: BackendReport) -> [HostCheck] {
        let name = "backend \(report.name)"
        if case .unavailable(let reason, let remedy) = report.availability {
            return [HostCheck(name, .failure, reason, remedy: remedy)]
        }
        let can = report.capabilities
        let known = Set(report.unenforced.map(\.limit))
        let limits: [(String, Bool, String)] = [
            ("CPU time", can.cpuTime || known.contains(.cpuTime), "the cpuacct controller (v1) or cpu (v2)"),
            ("memory", can.memory || known.contains(.memory), "the memory controller with swap accounting"),
            ("processes", can.processes || known.contains(.processes), "the pids controller"),
            ("output", can.output, ""), ("disk", can.disk, "tmpfs in the kernel"),
            ("CPU pinning", can.cpuPinning, "the cpuset controller"),
        ]
        let unenforced = report.unenforced.map {
            HostCheck(
                "\(name): \($0.limit.words)", $0.isAccepted ? .warning : .failure,
                "\($0.isAccepted ? "not enforced, as accepted" : "programs are refused"): \($0.reason)",
                remedy: $0.remedy)
        }
        let storages = report.storages.map { storage in
            guard case .unavailable(let reason, let remedy) = storage.availability else {
                return HostCheck("\(name): storage \(storage.name)", .good, storage.detail)
            }
            return HostCheck("\(name): storage \(storage.name)", .warning, reason, remedy: remedy)
        }
        return [HostCheck(name, .good, "available, version \(report.version), \(can.summary)")] + storages + unenforced
            + report.notes.map { HostCheck("\(name): users", .warning, $0) }
            + limits.filter { !$0.1 }.map {
                HostCheck("\(name): \($0.0)", .failure, "cannot be enforced", remedy: "Make \($0.2) available.")
            }
    }

    /// Bytes that the data directory's file system should have free.
    private static let enoughSpace = 1 << 30

    static func space(at path: String) -> HostCheck {
        var directory = path
        while !FileManager.default.fileExists(atPath: directory), directory.contains("/"), directory.count > 1 {
            directory = (directory as NSString).deletingLastPathComponent
        }
        if directory.isEmpty { directory = "." }
        let free = (try? FileManager.default.attributesOfFileSystem(forPath: directory))?[.systemFreeSize] as? NSNumber
        let bytes = free?.intValue ?? 0
        return HostCheck(
            "space for data", bytes >= enoughSpace ? .good : .warning, "\(bytes >> 20) MiB free at \(path)",
            remedy: "Free some, or choose another directory with --data.")
    }

    static func files() -> HostCheck {
        let launcher = Installation.executableDirectory + "/assay-launcher"
        guard FileManager.default.isExecutableFile(atPath: launcher) else {
            return HostCheck("launcher", .failure, "\(launcher) is missing", remedy: "Build or install assay-launcher.")
        }
        return HostCheck("launcher", .good, launcher)
    }

    static func language(_ entry: LanguageCatalog.Entry) -> HostCheck {
        let name = "language \(entry.language.name)"
        return switch entry.availability {
        case .available(let version): HostCheck(name, .good, version)
        case .unavailable(let reason):
            HostCheck(name, .warning, reason, remedy: "Install \(entry.language.package).")
        }
    }
}
