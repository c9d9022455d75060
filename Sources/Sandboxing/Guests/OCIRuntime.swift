import Core
import Foundation
import Glibc
package import Logging

/// An OCI runtime, driven by its command line with a bundle of ours: no daemon, no image.
struct OCIRuntime: GuestTechnology {
    let name: BackendName
    let traits: GuestTraits
    let isolation: BackendReport.Isolation
    /// The Debian package that has it.
    let package: String
    /// Options before the subcommand.
    let options: [String]
    /// What this runtime cannot enforce.
    let restrict: @Sendable (inout BackendReport.Capabilities) -> Void
    /// The cgroup of the whole sandbox, where the runtime shall enter it by itself.
    let entersGroup: Bool
    /// A mount point of the host that the runtime must not see.
    private let hidden: String?
    private let program: String?
    private let stateDirectory: String
    private let launcher: String?

    static func runc(_ configuration: GuestConfiguration) -> OCIRuntime {
        OCIRuntime(.runc, configuration, options: [])
    }

    /// It refuses hosts where version 1 and version 2 of cgroups are mounted side by side, so it is not shown the latter.
    static func crun(_ configuration: GuestConfiguration) -> OCIRuntime {
        OCIRuntime(.crun, configuration, options: ["--cgroup-manager=disabled"], hides: "/sys/fs/cgroup/unified")
    }

    /// gVisor. The program's processes are none of the host's, so what the host counts is the whole sandbox: its kernel
    /// in user space takes part in CPU time and memory. The number of files in the work directory is not limited.
    static func runsc(_ configuration: GuestConfiguration) -> OCIRuntime {
        let traits = GuestTraits(
            accounting: .outerGroup, isPlainKernel: true, takesDescriptors: false, startLimit: .seconds(30),
            memoryMargin: 64 << 20)
        let options = ["--platform=ptrace", "--network=none", "--fsgofer-host-uds"]
        return OCIRuntime(
            .runsc, configuration, traits: traits, isolation: .userSpaceKernel, options: options, entersGroup: true
        ) { capabilities in
            capabilities.disk = false
            capabilities.connections = false
        }
    }

    private init(
        _ name: BackendName, _ configuration: GuestConfiguration, traits: GuestTraits = GuestTraits(),
        isolation: BackendReport.Isolation = .container, options: [String], entersGroup: Bool = false,
        hides hidden: String? = nil,
        restrict: @escaping @Sendable (inout BackendReport.Capabilities) -> Void = { _ in }
    ) {
        self.name = name
        self.traits = traits
        self.isolation = isolation
        package = name.rawValue
        self.options = options
        self.restrict = restrict
        self.entersGroup = entersGroup
        self.hidden = hidden
        program = ChildProcess.find(name.rawValue)
        stateDirectory = "\(configuration.directory)/\(name)-state"
        launcher = configuration.program
    }

    func probe() async -> BackendReport {
        let probe = ContainerProbe(
            name: name, program: program, package: package, version: ["--version"], isolation: isolation)
        return await probe.report { restrict(&$0.capabilities) }
    }

    func start(_ site: GuestSite) async throws(SandboxError) -> any GuestCarrier {
        guard let program else { throw .unavailable(backend: name, reason: "\(name) is not installed") }
        let group = entersGroup ? site.group?.pathInHierarchy : nil
        try OCIBundle(site, cgroupsPath: group ?? "/assay-runtime/\(site.place.name)").write(to: site.place.path)
        let arguments =
            prefix + [program, "--root", stateDirectory] + options
            + ["run", "--bundle", site.place.path, site.place.name]
        let process = try ChildProcess.spawn(arguments, output: try site.place.makeLog())
        return ProcessCarrier(process: process, place: site.place) { await delete(site.place) }
    }

    private var prefix: [String] {
        guard let hidden, let launcher, access(hidden, F_OK) == 0 else { return [] }
        return [launcher, "aside", hidden]
    }

    /// A runtime that was still making the sandbox goes first: it would go on doing so.
    func removeLeftover(_ place: SandboxPlace) async {
        await HostProcess.end(at: place, running: [program, launcher])
        await delete(place)
        // gVisor's runtime leaves locks of what it does not know.
        for file in HostFile.entries(stateDirectory) where file.hasPrefix(place.name + "_") {
            unlink("\(stateDirectory)/\(file)")
        }
    }

    func shutdown() async {}

    private func delete(_ place: SandboxPlace) async {
        guard let program else { return }
        let arguments = prefix + [program, "--root", stateDirectory] + options + ["delete", "--force", place.name]
        _ = try? await ChildProcess.output(of: arguments)
    }
}

/// A bundle's `config.json`, after the OCI runtime specification.
struct OCIBundle {
    private let configuration: Configuration

    init(_ site: GuestSite, cgroupsPath: String) {
        var mounts = [
            Mount(destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"]),
            Mount(destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755", "size=64k"]),
            Mount(destination: "/dev/shm", type: "tmpfs", source: "shm", options: ["nosuid", "nodev", "size=64k"]),
        ]
        for bind in site.binds() {
            let options = ["rbind", "nosuid", "nodev", bind.isWritable ? "rw" : "ro"]
            mounts.append(Mount(destination: bind.target, type: "bind", source: bind.host, options: options))
        }
        let capabilities = GuestSite.guestCapabilities
        configuration = Configuration(
            process: Process(
                user: User(), args: GuestSite.guestArguments,
                capabilities: [
                    "bounding": capabilities, "effective": capabilities, "permitted": capabilities,
                    "inheritable": capabilities,
                ]),
            root: Root(path: site.root.path), mounts: mounts,
            linux: Linux(
                namespaces: ["pid", "mount", "ipc", "uts", "network"].map { ["type": $0] }, cgroupsPath: cgroupsPath))
    }

    func write(to directory: String) throws(SandboxError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        guard let data = try? encoder.encode(configuration) else {
            throw .setupFailed(step: "write bundle", errno: EINVAL)
        }
        try HostFile.create(directory + "/config.json", Array(data), mode: 0o600)
    }

    private struct Configuration: Encodable {
        var ociVersion = "1.0.2"
        var hostname = "sandbox"
        var process: Process
        var root: Root
        var mounts: [Mount]
        var linux: Linux
    }

    private struct Process: Encodable {
        var terminal = false
        var user: User
        var args: [String]
        var env: [String] = []
        var cwd = "/"
        var capabilities: [String: [String]]
        var noNewPrivileges = true
    }

    private struct User: Encodable {
        var uid = 0
        var gid = 0
    }

    private struct Root: Encodable {
        var path: String
        var readonly = true
    }

    private struct Mount: Encodable {
        var destination: String
        var type: String
        var source: String
        var options: [String]
    }

    private struct Linux: Encodable {
        var namespaces: [[String: String]]
        var cgroupsPath: String
    }
}

extension GuestBackend {
    package static func runc(_ configuration: GuestConfiguration, logger: Logger) -> GuestBackend {
        GuestBackend(OCIRuntime.runc(configuration), configuration, logger: logger)
    }

    package static func crun(_ configuration: GuestConfiguration, logger: Logger) -> GuestBackend {
        GuestBackend(OCIRuntime.crun(configuration), configuration, logger: logger)
    }

    package static func runsc(_ configuration: GuestConfiguration, logger: Logger) -> GuestBackend {
        GuestBackend(OCIRuntime.runsc(configuration), configuration, logger: logger)
    }
}
