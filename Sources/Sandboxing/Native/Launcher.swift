import CSandbox
import Core
import Glibc

/// A launcher that answered, and what it found out about this host.
struct Launcher: Sendable {
    let connection: LauncherConnection
    let cgroupVersion: Int
    /// Limits that it cannot enforce.
    let lacks: [UnenforcedLimit]
    /// Whether it is not root on the host.
    let isRootless: Bool
    /// Whether sandboxes have no users of their own, but the one that started it.
    let hasOneUser: Bool
    /// Whether a sandbox stays on the CPUs that it was made for.
    let keepsCPUs: Bool
    /// CPUs that sandboxes may be pinned to.
    let cpus: [Int]
    let hasLandlock: Bool
    /// Why sandboxes cannot reach others; `nil` if they can.
    let egressProblem: String?
    let processID: Int32

    /// Starts it and lets it build the root of the sandboxes.
    static func start(
        _ configuration: NativeConfiguration, image: SandboxImage, onLoss: @escaping @Sendable () -> Void
    ) async throws(SandboxError) -> Launcher {
        if let socket = configuration.launcherSocket {
            return try await greet(try LauncherConnection(connectingTo: socket, onLoss: onLoss), configuration, image)
        }
        guard let path = configuration.launcherPath ?? HostPaths.programDirectory().map({ $0 + "/assay-launcher" })
        else {
            throw .unavailable(backend: .native, reason: "the launcher's path is unknown")
        }
        guard access(path, X_OK) == 0 else {
            throw .unavailable(backend: .native, reason: "there is no launcher at \(path)")
        }
        return try await greet(try LauncherConnection(startingLauncherAt: path, onLoss: onLoss), configuration, image)
    }

    /// Says hello and learns what the launcher can do.
    private static func greet(
        _ connection: LauncherConnection, _ configuration: NativeConfiguration, _ image: SandboxImage
    ) async throws(SandboxError) -> Launcher {
        let reply: LauncherReply
        do {
            reply = try await connection.request(hello(configuration, image, tag: connection.makeTag()))
        } catch {
            throw .unavailable(backend: .native, reason: error.description)
        }
        let ready = try reply.body(ASSAY_READY, as: assay_ready.self)
        guard ready.error == 0 else {
            throw .unavailable(backend: .native, reason: "\(text(of: ready.step)): \(errorText(ready.error))")
        }
        return Launcher(
            connection: connection, cgroupVersion: Int(ready.cgroup_version),
            lacks: UnenforcedLimit.allCases.filter { ready.lacks & $0.bit != 0 },
            isRootless: ready.flags & UInt32(ASSAY_IS_ROOTLESS) != 0,
            hasOneUser: ready.flags & UInt32(ASSAY_HAS_ONE_USER) != 0,
            keepsCPUs: ready.flags & UInt32(ASSAY_KEEPS_CPUS) != 0, cpus: ready.cpus.numbers,
            hasLandlock: ready.landlock_abi > 0,
            egressProblem: egressProblem(ready.egress_error), processID: Int32(ready.pid))
    }

    private static func hello(
        _ configuration: NativeConfiguration, _ image: SandboxImage, tag: UInt64
    ) -> LauncherMessage {
        var binds = configuration.extraBinds
        var root: [UInt8] = []
        switch image {
        case .host: binds = Self.hostBinds + binds
        case .directory(let path): root = Array(path.utf8) + [0]
        case .layer(let path):
            root = Array(path.utf8) + [0]
            binds = Self.hostBinds + binds
        }
        let shown = [UInt8](binds.map { Array($0.utf8) + [0] }.joined())
        var body = assay_hello()
        body.version = UInt32(ASSAY_WIRE_VERSION)
        body.slots = UInt32(min(configuration.places, Int(ASSAY_SLOTS_MAX)))
        body.uid_base = configuration.userIDBase
        body.binds_size = UInt32(shown.count)
        body.image_size = UInt32(root.count)
        if let egress = configuration.egress {
            body.egress_base = configuration.egressBase
            withUnsafeMutableBytes(of: &body.resolvers) { bytes in
                for (slot, address) in zip(bytes.assumingMemoryBound(to: UInt32.self).indices, egress.resolvers) {
                    bytes.assumingMemoryBound(to: UInt32.self)[slot] = address
                }
            }
        }
        if case .layer = image { body.is_layer = 1 }
        body.accepts = configuration.accepted.reduce(0) { $0 | $1.bit }
        body.subuid_first = configuration.subordinateIDs?.firstUser ?? 0
        body.subgid_first = configuration.subordinateIDs?.firstGroup ?? 0
        body.ceiling = assay_limits(configuration.ceiling)
        body.work_size = UInt64(configuration.ceiling.workSize)
        body.work_files = UInt64(configuration.ceiling.workFiles)
        setText(configuration.cgroup, in: &body.cgroup)
        return LauncherMessage(ASSAY_HELLO, tag: tag, body: body, tail: root + shown)
    }

    /// Why it lacks what it lacks, and what to do about it.
    var reason: String {
        isRootless
            ? "without root, only a control group of version 2 that is this user's own can limit programs"
            : "there are not the control groups for it"
    }
    var remedy: String {
        isRootless
            ? "Start assay in one (systemd-run --user --scope -p Delegate=yes assay serve), as root, or with a launcher "
                + "that is root (launcher-socket); or accept what is weaker (native.accept-unenforced)."
            : "Make the controllers memory, pids and cpuacct available."
    }

    private static var hostBinds: [String] {
        NativeConfiguration.standardBinds
            + HostPaths.configurationDirectories(NativeConfiguration.runtimeConfigurations)
    }

    private static func egressProblem(_ error: Int32) -> String? {
        switch error {
        case 0: nil
        case ENOSYS: "it is not configured"
        case ENOENT: "ip, tc (package iproute2) or nft (package nftables) is missing"
        case EPERM: "it needs a launcher that is root"
        case ENETUNREACH: "the host does not forward: set net.ipv4.ip_forward to 1"
        default: errorText(error)
        }
    }
}

extension UnenforcedLimit {
    /// As the launcher calls it.
    fileprivate var bit: UInt32 {
        switch self {
        case .memory: UInt32(ASSAY_LACKS_MEMORY)
        case .processes: UInt32(ASSAY_LACKS_PROCESSES)
        case .cpuTime: UInt32(ASSAY_LACKS_CPU_TIME)
        }
    }
}

extension assay_cpu_set {
    init(_ numbers: some Sequence<Int>) {
        self.init()
        withUnsafeMutableBytes(of: &words) { bytes in
            let words = bytes.assumingMemoryBound(to: UInt64.self)
            for number in numbers where number < Int(ASSAY_CPUS_MAX) { words[number / 64] |= 1 << UInt64(number % 64) }
        }
    }

    var numbers: [Int] {
        withUnsafeBytes(of: words) { bytes in
            let words = bytes.assumingMemoryBound(to: UInt64.self)
            return (0..<Int(ASSAY_CPUS_MAX)).filter { words[$0 / 64] >> UInt64($0 % 64) & 1 == 1 }
        }
    }
}

extension assay_limits {
    init(_ limits: Limits) {
        self.init(
            cpu_ns: limits.cpuTime.nanoseconds, memory: UInt64(limits.memory),
            address_space: UInt64(limits.addressSpace ?? 0), stack: UInt64(limits.stack),
            processes: UInt64(limits.processes), open_files: UInt64(limits.openFiles),
            file_size: UInt64(limits.fileSize), output: UInt64(limits.output))
    }
}

extension Duration {
    /// Whole nanoseconds; zero for less than none.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        return seconds < 0 ? 0 : UInt64(seconds) * 1_000_000_000 + UInt64(max(0, attoseconds) / 1_000_000_000)
    }
}
