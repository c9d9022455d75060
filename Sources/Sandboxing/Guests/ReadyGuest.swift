import CSandbox
import Core
import Glibc
import Synchronization

/// A guest that connected, and everything that belongs to its sandbox.
final class ReadyGuest: Sendable {
    let place: SandboxPlace
    let channel: GuestChannel
    let group: ControlGroup?
    let uidBase: UInt32
    let cpus: [Int]
    let root: SandboxRoot
    private let storage: RootStorage
    private let carrier: any GuestCarrier
    private let traits: GuestTraits
    /// The run that is under way.
    private let running = Mutex<UInt64?>(nil)

    init(
        _ site: GuestSite, _ channel: GuestChannel, _ carrier: any GuestCarrier, _ traits: GuestTraits,
        _ storage: RootStorage, uidBase: UInt32, cpus: [Int]
    ) {
        root = site.root
        self.storage = storage
        place = site.place
        group = site.group
        self.channel = channel
        self.carrier = carrier
        self.traits = traits
        self.uidBase = uidBase
        self.cpus = cpus
    }

    /// Set where the service limits and measures from outside.
    var outerGroup: ControlGroup? { traits.accounting == .outerGroup ? group : nil }
    var takesDescriptors: Bool { traits.takesDescriptors }
    var memoryMargin: Int { traits.memoryMargin }

    func begin(_ tag: UInt64) { running.withLock { $0 = tag } }
    func finish(_ tag: UInt64) { running.withLock { $0 = nil } }
    func isRunning(_ tag: UInt64) -> Bool { running.withLock { $0 == tag } }

    /// Ends the run, but not before it ran as long as `wallTime`.
    func kill(_ tag: UInt64, after wallTime: Duration = .zero) {
        let body = assay_kill(header: assay_header(), wall_ns: wallTime.nanoseconds)
        guard let message = try? GuestMessage(LauncherMessage(ASSAY_KILL, tag: tag, body: body)) else { return }
        channel.send(message)
    }

    /// Makes the sandbox fit its user.
    func furnish(_ configuration: SandboxConfiguration, cpus: [Int]) async throws(SandboxError) {
        if cpus != self.cpus, !cpus.isEmpty { try group?.pin(to: cpus) }
        var body = assay_furnish()
        body.version = UInt32(ASSAY_GUEST_VERSION)
        switch traits.accounting {
        case .shownGroup: if group != nil { body.flags = UInt32(ASSAY_GUEST_CGROUP_SHOWN) }
        case .ownGroup: body.flags = UInt32(ASSAY_GUEST_CGROUP_OWN)
        case .outerGroup: break
        }
        if traits.isPlainKernel { body.flags |= UInt32(ASSAY_GUEST_PLAIN_KERNEL) }
        body.cgroup_version = UInt32(group?.version ?? 0)
        body.network = UInt32(configuration.network == .loopback ? ASSAY_NETWORK_LOOPBACK : ASSAY_NETWORK_NONE)
        body.uid_base = uidBase
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        body.realtime_ns = UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
        body.work_size = UInt64(configuration.limits.workSize)
        body.work_files = UInt64(configuration.limits.workFiles)
        body.cpus = assay_cpu_set(cpus.isEmpty ? [0] : cpus)
        let message = try GuestMessage(LauncherMessage(ASSAY_FURNISH, tag: channel.makeTag(), body: body))
        let reply: LauncherReply
        do { reply = try await channel.request(message).reply } catch {
            throw .lost("\(error.reason); \(place.lastWords)")
        }
        let created = try reply.body(ASSAY_CREATED, as: assay_created.self)
        guard created.error == 0 else { throw .setupFailed(step: text(of: created.step), errno: created.error) }
    }

    /// Ends it and removes everything of it.
    func remove() async {
        channel.close()
        await carrier.end()
        await group?.remove()
        await storage.remove(root, of: place)
        place.remove()
        UserIDs.shared.giveBack(uidBase)
    }
}

/// User ids of the host that no account has. Each sandbox of this process has two of its own, so that no limit or key
/// that the kernel counts by user is shared.
final class UserIDs: Sendable {
    static let shared = UserIDs()

    private let taken = Mutex<Set<UInt32>>([])

    /// The lower of two that nobody has, not below `first`.
    func take(from first: UInt32) -> UInt32 {
        taken.withLock { taken in
            var base = first
            while !taken.insert(base).inserted { base += 2 }
            return base
        }
    }

    func giveBack(_ base: UInt32) { taken.withLock { _ = $0.remove(base) } }
}
