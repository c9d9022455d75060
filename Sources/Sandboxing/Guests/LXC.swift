import Core
import Glibc
package import Logging

/// Containers of LXC, from a configuration file each and without its own directory of containers.
struct LXC: GuestTechnology {
    let name = BackendName.lxc
    let traits = GuestTraits()
    private let program = ChildProcess.find("lxc-start")
    private let stateDirectory: String

    init(state: String) { stateDirectory = state }

    func probe() async -> BackendReport {
        await ContainerProbe(name: name, program: program, package: "lxc", version: ["--version"]).report()
    }

    func start(_ site: GuestSite) async throws(SandboxError) -> any GuestCarrier {
        guard let program else { throw .unavailable(backend: name, reason: "lxc is not installed") }
        let file = site.place.path + "/lxc.conf"
        try HostFile.makeDirectories(stateDirectory)
        try HostFile.create(file, Array(Self.configuration(site).utf8), mode: 0o600)
        let arguments = [
            program, "--foreground", "--name", site.place.name, "--lxcpath", stateDirectory, "--rcfile", file,
            "--logfile", site.place.logPath, "--logpriority", "ERROR",
        ]
        let process = try ChildProcess.spawn(arguments, output: try site.place.makeLog())
        return ProcessCarrier(process: process, place: site.place) { await stop(site.place) }
    }

    private static func configuration(_ site: GuestSite) -> String {
        var lines = [
            "lxc.rootfs.path = dir:\(site.root.path)",
            "lxc.rootfs.options = ro",
            "lxc.uts.name = sandbox",
            "lxc.init.cmd = " + GuestSite.guestArguments.joined(separator: " "),
            "lxc.net.0.type = empty",
            "lxc.apparmor.profile = unchanged",
            "lxc.autodev = 0",
            "lxc.tty.max = 0",
            "lxc.pty.max = 0",
            "lxc.console.path = none",
            "lxc.mount.auto = proc:rw",
            // The guest leaves for a cgroup of ours.
            "lxc.cgroup.dir = assay-runtime",
            "lxc.cap.keep = " + GuestSite.guestCapabilities.map { $0.dropFirst(4).lowercased() }.joined(separator: " "),
        ]
        lines += RootLayout.devices.map { "lxc.mount.entry = /dev/\($0) dev/\($0) none bind 0 0" }
        for bind in site.binds() {
            let options = bind.isWritable ? "rbind,rw" : "rbind,ro,nosuid,nodev"
            lines.append(
                "lxc.mount.entry = \(escaped(bind.host)) \(escaped(bind.target.dropFirst())) none \(options) 0 0")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Fields of a mount table are separated by spaces.
    private static func escaped(_ path: some StringProtocol) -> String {
        path.split(separator: " ", omittingEmptySubsequences: false).joined(separator: "\\040")
    }

    func removeLeftover(_ place: SandboxPlace) async { await stop(place) }

    func shutdown() async {}

    private func stop(_ place: SandboxPlace) async {
        guard let stop = ChildProcess.find("lxc-stop") else { return }
        _ = try? await ChildProcess.output(
            of: [stop, "--kill", "--name", place.name, "--lxcpath", stateDirectory])
    }
}

extension GuestBackend {
    package static func lxc(_ configuration: GuestConfiguration, logger: Logger) -> GuestBackend {
        GuestBackend(LXC(state: configuration.directory + "/lxc-state"), configuration, logger: logger)
    }
}
