import Core
import Glibc
package import Logging

/// Namespaces made by bubblewrap.
struct Bubblewrap: GuestTechnology {
    let name = BackendName.bubblewrap
    let traits = GuestTraits()
    private let program = ChildProcess.find("bwrap")

    func probe() async -> BackendReport {
        await ContainerProbe(name: name, program: program, package: "bubblewrap", version: ["--version"]).report()
    }

    func start(_ site: GuestSite) async throws(SandboxError) -> any GuestCarrier {
        guard let program else { throw .unavailable(backend: name, reason: "bwrap is not installed") }
        var arguments = [program, "--as-pid-1", "--die-with-parent", "--new-session", "--hostname", "sandbox"]
        arguments += ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
        arguments += GuestSite.guestCapabilities.flatMap { ["--cap-add", $0] }
        arguments += ["--ro-bind", site.root.path, "/", "--proc", "/proc"]
        arguments += RootLayout.devices.flatMap { ["--dev-bind", "/dev/\($0)", "/dev/\($0)"] }
        for bind in site.binds() { arguments += [bind.isWritable ? "--bind" : "--ro-bind", bind.host, bind.target] }
        let process = try ChildProcess.spawn(
            arguments + ["--"] + GuestSite.guestArguments, output: try site.place.makeLog())
        return ProcessCarrier(process: process, place: site.place)
    }

    /// It dies with its parent, and its mounts with it.
    func removeLeftover(_ place: SandboxPlace) async {}

    func shutdown() async {}
}

extension GuestBackend {
    package static func bubblewrap(_ configuration: GuestConfiguration, logger: Logger) -> GuestBackend {
        GuestBackend(Bubblewrap(), configuration, logger: logger)
    }
}

/// Whether a program of the host that makes containers is there and can be used by this process.
struct ContainerProbe: Sendable {
    var name: BackendName
    var program: String?
    /// The Debian package that has it.
    var package: String
    /// Arguments that make it print its version.
    var version: [String]
    var isolation = BackendReport.Isolation.container

    func report(_ change: (inout BackendReport) -> Void = { _ in }) async -> BackendReport {
        let groups = ControlGroups(parent: "")
        var report = BackendReport(
            name: name, version: "", availability: .available, isolation: isolation,
            capabilities: .init(
                cpuTime: groups != nil, memory: groups != nil, processes: groups != nil, output: true, disk: true,
                cpuPinning: groups?.hasCPUSets ?? false, networkModes: ["none", "loopback"], isRootless: false,
                connections: true, images: true))
        if let program {
            let answer = try? await ChildProcess.output(of: [program] + version)
            report.version = answer.map { Self.version(in: $0.text) } ?? ""
            if geteuid() != 0 {
                report.availability = .unavailable(
                    reason: "the service is not root, so it cannot make cgroups", remedy: "start assay as root")
            } else if groups == nil {
                report.availability = .unavailable(
                    reason: "this host has no memory, pids and cpuacct cgroups", remedy: "mount the cgroup controllers")
            }
        } else {
            report.availability = .unavailable(
                reason: "\(package) is not installed", remedy: "apt-get install \(package)")
        }
        change(&report)
        return report
    }

    /// The first word of `text` that begins with a digit.
    static func version(in text: String) -> String {
        let words = text.split { $0 == " " || $0 == "\n" || $0 == "," }
        return words.first { $0.first?.isNumber == true }.map(String.init) ?? words.last.map(String.init) ?? ""
    }
}
