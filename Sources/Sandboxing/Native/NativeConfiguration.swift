import CSandbox
package import Core
import Glibc

/// How the native backend works on this host.
package struct NativeConfiguration: Sendable {
    /// The launcher's binary; `nil` looks for `assay-launcher` beside the running program.
    package var launcherPath: String?
    /// Where a launcher listens (`ListeningLauncher`), for a service without privilege; `nil` starts one.
    package var launcherSocket: String?
    /// The most sandboxes of an image kept ready, so that a run need not wait for one to be made.
    package var poolSize: Int
    /// How many of the host's image are kept ready when nothing is asked for.
    package var poolMinimum: Int
    /// Bytes that the prepared runtimes of an image may use together while they wait.
    package var warmMemory: Int
    /// After how long without need ready sandboxes are given up.
    package var poolDecay: Duration
    /// Sandboxes in use at the same time; who asks for one more waits.
    package var maximumSandboxes: Int
    /// User ids of the host from here on, two for each sandbox, belong to the sandboxes. No account may have them.
    package var userIDBase: UInt32
    /// The most that any run may ask for; the launcher itself refuses more.
    package var ceiling: Limits
    /// Name of the cgroup, below the root of each hierarchy, that holds the sandboxes'.
    package var cgroup: String
    /// Host paths beyond `standardBinds` that programs can read at the same place.
    package var extraBinds: [String]
    /// `nil` keeps every sandbox from reaching others.
    package var egress: EgressConfiguration?
    /// Limits that programs run without on a host that cannot enforce them; others are not run there.
    package var accepted: Set<UnenforcedLimit>

    package init(
        launcherPath: String? = nil, launcherSocket: String? = nil, poolSize: Int = 4, poolMinimum: Int? = nil,
        warmMemory: Int = NativeConfiguration.defaultWarmMemory, poolDecay: Duration = .seconds(60),
        maximumSandboxes: Int = 64,
        userIDBase: UInt32 = NativeConfiguration.defaultUserIDBase, ceiling: Limits = .ceiling,
        cgroup: String = "assay", extraBinds: [String] = [], egress: EgressConfiguration? = nil,
        accepted: Set<UnenforcedLimit> = []
    ) {
        self.launcherPath = launcherPath
        self.launcherSocket = launcherSocket
        self.poolSize = poolSize
        self.poolMinimum = poolMinimum ?? poolSize
        self.warmMemory = warmMemory
        self.poolDecay = poolDecay
        self.maximumSandboxes = maximumSandboxes
        self.userIDBase = userIDBase
        self.ceiling = ceiling
        self.cgroup = cgroup
        self.extraBinds = extraBinds
        self.egress = egress
        self.accepted = accepted
    }

    /// What sandboxes get without root. As many as there are user ids for.
    var subordinateIDs = geteuid() == 0 ? nil : SubordinateIDs.own(count: NativeConfiguration.userIDCount)

    /// First of the addresses of sandboxes with egress.
    var egressBase = EgressConfiguration.base

    /// Two compilers of Java and as many programs, and some of Python.
    package static let defaultWarmMemory = 384 << 20

    /// Above what systemd gives to containers and dynamic users.
    package static let defaultUserIDBase: UInt32 = 0x7000_0000

    /// Places that the launcher has: for those in use, those kept ready with a runtime and without, and those that are
    /// being removed.
    var places: Int { 2 * maximumSandboxes + 2 * poolSize }

    /// User ids, from `userIDBase` on, that all images together may use. Those of other backends follow.
    static let userIDCount = 4096

    /// How many images can be in use at the same time, the host's among them.
    package var imageCount: Int { max(1, Self.userIDCount / (2 * places)) }

    /// The same with user ids for the launcher of one of them.
    func part(_ number: Int) -> NativeConfiguration {
        var part = self
        part.userIDBase += UInt32(2 * places * number)
        part.subordinateIDs = subordinateIDs?.advanced(by: UInt32(2 * places * number))
        part.egressBase += UInt32(4 * Int(ASSAY_SLOTS_MAX) * number)
        return part
    }

    /// What programs and compilers of the host need: no configuration but their own. Debian's ghc keeps its list of
    /// packages in `/var`.
    package static let standardBinds = [
        "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/alternatives", "/etc/ld.so.cache",
        "/etc/localtime", "/var/lib/ghc",
    ]

    /// Directories of `/etc` that language runtimes read, by the start of their names.
    package static let runtimeConfigurations = ["java-", "php", "perl", "python3", "fpc", "R", "ghc", "mono"]
}
