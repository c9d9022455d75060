import Core
import Glibc

/// A technology that can start our guest as the first process of an isolated place. Limits, output, files and verdicts
/// are the guest's; the technology supplies isolation and a root, and takes both away again.
protocol GuestTechnology: Sendable {
    var name: BackendName { get }

    /// Whether it works here. Called often; costs milliseconds.
    func probe() async -> BackendReport

    var traits: GuestTraits { get }

    /// Starts the guest of `site.place`. It connects to the place's socket by itself.
    func start(_ site: GuestSite) async throws(SandboxError) -> any GuestCarrier

    /// Removes what a service that was killed left of a sandbox named so.
    func removeLeftover(_ place: SandboxPlace) async

    /// Lets go of what it keeps of an image that no sandbox uses any more.
    func forget(_ layout: RootLayout) async

    /// Ends what it keeps between sandboxes.
    func shutdown() async
}

extension GuestTechnology {
    func forget(_ layout: RootLayout) async {}
}

/// What a technology's guests need to be told.
struct GuestTraits: Sendable {
    enum Accounting: Sendable {
        /// The guest enters a cgroup of the host that it is shown.
        case shownGroup
        /// The guest has a kernel of its own, with cgroups.
        case ownGroup
        /// The whole technology lives in a cgroup of the host, which the service watches.
        case outerGroup
    }

    var accounting = Accounting.shownGroup
    /// Whether the guest's kernel has user namespaces and the mount calls of Linux 5.
    var isPlainKernel = false
    /// Whether a directory of the host can be the root.
    var takesImages = true
    /// Whether descriptors of the service's reach its guests, which need one kernel for that.
    var takesDescriptors = true
    /// The user of the host that its containers' root is: another one for a rootless engine.
    var owner: uid_t = 0
    /// How long a guest may take until it connects.
    var startLimit = Duration.seconds(20)
    /// How its sandboxes can get their roots, the usual one first.
    var storages: [StorageStrategy] = [.bind, .overlay, .copy, .btrfs]
    /// Bytes of memory that the technology itself may grow by, on top of what a program may use. Only with `outerGroup`.
    var memoryMargin = 0
}

/// Where a guest is to be started.
struct GuestSite: Sendable {
    let place: SandboxPlace
    let layout: RootLayout
    let root: SandboxRoot
    /// The guest's program on the host.
    let program: String
    /// `nil` where the guest has its own.
    let group: ControlGroup?

    /// Everything to mount over the root, in order.
    func binds(showingGroup: Bool = true) -> [RootLayout.Bind] {
        var binds = root.binds
        binds.append(.init(host: place.shared, target: SandboxPlace.shownPath))
        binds.append(.init(host: program, target: SandboxPlace.shownPath + "/init"))
        for (controller, directory) in showingGroup ? group?.directories ?? [:] : [:] {
            let target = SandboxPlace.shownPath + "/cgroup" + (controller.isEmpty ? "" : "/" + controller)
            binds.append(.init(host: directory, target: target, isWritable: true))
        }
        return binds
    }

    /// The guest's command line.
    static let guestArguments = [
        SandboxPlace.shownPath + "/init", "guest", "socket", SandboxPlace.shownPath + "/socket",
    ]
    /// What it may do until it gave it up: make mounts, a user namespace, start the loopback device, and become the program's user.
    static let guestCapabilities = [
        "CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_KILL", "CAP_CHOWN", "CAP_FOWNER",
        "CAP_NET_ADMIN",
    ]
}

/// What carries a guest that was started.
protocol GuestCarrier: Sendable {
    /// Returns when the guest can no longer come or go on, with the reason.
    func failure() async -> String

    /// Called after the guest was told to end. Returns when nothing of the sandbox runs or is mounted any more.
    func end() async
}

/// A carrier that is a process of the host: it ends by itself when its guest does.
struct ProcessCarrier: GuestCarrier {
    let process: ChildProcess
    let place: SandboxPlace
    /// How long to wait for an end in good order.
    var patience = Duration.seconds(5)
    /// What to do when it did not end by itself.
    var force: @Sendable () async -> Void = {}

    func failure() async -> String {
        await process.wait()
        return place.lastWords
    }

    func end() async {
        if await process.wait(atMost: patience) != nil { return }
        await force()
        process.kill()
        await process.wait()
    }
}
