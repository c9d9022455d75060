import CSandbox
package import Core
import Glibc
import Logging
import Synchronization

/// What backends with guests share on this host.
package struct GuestConfiguration: Sendable {
    /// Directory for sandboxes and what they start from; a short path, for Unix sockets lie below it.
    package var directory: String
    /// The launcher's binary, which is the guest too; `nil` looks beside the running program.
    package var programPath: String?
    /// Name of the cgroup, below the root of each hierarchy, that holds the sandboxes'.
    package var cgroup: String
    /// Sandboxes kept started, waiting for their user.
    package var poolSize: Int
    /// User ids of the host from here on, two for each sandbox, belong to the sandboxes. No account may have them.
    package var userIDBase: UInt32
    /// Host paths beyond the standard ones that programs can read at the same place.
    package var extraBinds: [String]
    /// How sandboxes get their roots where nothing else is asked for and the technology can.
    package var storage: StorageStrategy

    package init(
        directory: String = "/run/assay", programPath: String? = nil, cgroup: String = "assay-guests",
        poolSize: Int = 0,
        userIDBase: UInt32 = GuestConfiguration.defaultUserIDBase, extraBinds: [String] = [],
        storage: StorageStrategy = .bind
    ) {
        self.directory = directory
        self.programPath = programPath
        self.cgroup = cgroup
        self.poolSize = poolSize
        self.userIDBase = userIDBase
        self.extraBinds = extraBinds
        self.storage = storage
    }

    var program: String? { programPath ?? HostPaths.programDirectory().map { $0 + "/assay-launcher" } }

    /// Behind those of the native backend.
    package static let defaultUserIDBase = NativeConfiguration.defaultUserIDBase + 4096
}

/// A backend whose sandboxes are made by another technology, with our guest as their first process.
package actor GuestBackend: SandboxBackend {
    package nonisolated let name: BackendName
    package nonisolated let statistics = StageStatistics()

    static let rootlessUserIDBase: UInt32 = 10_000

    private let technology: any GuestTechnology
    private let configuration: GuestConfiguration
    private let logger: Logger
    private let storage: RootStorage
    private var layouts: [SandboxImage: RootLayout] = [:]
    private var lastLayout = 0
    /// Sandboxes of each image that are there.
    private var users: [SandboxImage: Int] = [:]
    private var ready: [ReadyGuest] = []
    private var filling = 0
    /// Two backends of this process that drive the same engine must not name two containers alike.
    private static let lastNumber = Atomic(0)
    private var isRecovered = false
    private var isShutDown = false
    private var removals: [Int: Task<Void, Never>] = [:]
    private var nextRemoval = 0

    init(_ technology: any GuestTechnology, _ configuration: GuestConfiguration, logger: Logger) {
        name = technology.name
        self.technology = technology
        self.configuration = configuration
        self.logger = logger
        storage = RootStorage(directory: "\(configuration.directory)/\(technology.name)")
    }

    private var directory: String { "\(configuration.directory)/\(name)" }

    package func probe() async -> BackendReport {
        var report = await technology.probe()
        guard case .available = report.availability else { return report }
        await recover()
        if report.storages.isEmpty {
            report.storages = storage.reports.filter { report in
                technology.traits.storages.contains { $0.rawValue == report.name }
            }
        }
        report.storage = defaultStorage
        return report
    }

    private var defaultStorage: StorageStrategy {
        let offered = technology.traits.storages
        return offered.contains(configuration.storage) ? configuration.storage : offered[0]
    }

    package func makeSandbox(_ wanted: SandboxConfiguration) async throws(SandboxError) -> any Sandbox {
        let start = ContinuousClock.now
        guard !isShutDown else { throw .unavailable(backend: name, reason: "it was shut down") }
        if case .egress = wanted.network { throw .cannotEnforce("network mode \(wanted.network.name)") }
        let strategy = wanted.storage ?? defaultStorage
        guard technology.traits.storages.contains(strategy) else {
            throw .cannotEnforce("storage \(strategy.rawValue)")
        }
        if wanted.image != .host, !technology.traits.takesImages {
            throw .cannotEnforce("image \(wanted.image)")
        }
        await recover()
        let cpus = wanted.cpuSet
        let guest: ReadyGuest
        if wanted.image == .host, let index = ready.firstIndex(where: { $0.root.strategy == strategy }) {
            guest = ready.remove(at: index)
            count(.host, 1)
        } else {
            count(wanted.image, 1)
            do throws(SandboxError) { guest = try await startGuest(strategy, wanted.image, cpus: cpus) } catch {
                count(wanted.image, -1)
                throw error
            }
        }
        refill()
        do throws(SandboxError) {
            try await guest.furnish(wanted, cpus: cpus)
        } catch {
            await guest.remove()
            count(wanted.image, -1)
            throw error
        }
        let image = wanted.image
        return GuestSandbox(
            guest, wanted, created: ContinuousClock.now - start, statistics: statistics,
            release: { [weak self] in
                if let self { await self.remove(guest, of: image) } else { await guest.remove() }
            })
    }

    package func poolReport() -> BackendReport.Pool? {
        let size = configuration.poolSize
        return BackendReport.Pool(ready: ready.count, target: size, minimum: size, maximum: size)
    }

    package func forget(_ image: SandboxImage) async -> Bool {
        guard users[image] == nil else { return false }
        if image != .host, let layout = layouts.removeValue(forKey: image) { await technology.forget(layout) }
        return true
    }

    private func count(_ image: SandboxImage, _ change: Int) {
        let count = (users[image] ?? 0) + change
        users[image] = count == 0 ? nil : count
    }

    package func shutdown() async {
        isShutDown = true
        let unused = ready
        ready = []
        for guest in unused { await guest.remove() }
        while filling > 0 || !removals.isEmpty {
            for removal in removals.values { await removal.value }
            if filling > 0 { try? await Task.sleep(for: .milliseconds(10)) }
        }
        await storage.shutdown()
        await technology.shutdown()
    }

    /// Sandboxes that wait for their user.
    package var readyCount: Int { ready.count }

    // MARK: life

    private func startGuest(
        _ strategy: StorageStrategy, _ image: SandboxImage, cpus: [Int]
    ) async throws(SandboxError) -> ReadyGuest {
        guard let program = configuration.program
        else {
            throw .unavailable(backend: name, reason: "the launcher's path is unknown")
        }
        let layout = try layout(of: image)
        let place = try SandboxPlace.make(
            name.rawValue, number: Self.lastNumber.add(1, ordering: .relaxed).newValue, in: directory)
        let traits = technology.traits
        var group: ControlGroup?
        var madeRoot: SandboxRoot?
        // A rootless engine's containers have some ten thousand user ids of their own.
        let base = UserIDs.shared.take(from: traits.owner == 0 ? configuration.userIDBase : Self.rootlessUserIDBase)
        do throws(SandboxError) {
            if traits.accounting != .ownGroup {
                guard let groups = ControlGroups(parent: configuration.cgroup) else {
                    throw .cannotEnforce("memory and process limits: no cgroup can be made")
                }
                group = try groups.make(place.name, cpus: cpus)
                if traits.owner != 0 { group?.give(to: traits.owner) }
            }
            let root = try await storage.make(strategy, of: layout, for: place)
            madeRoot = root
            let site = GuestSite(place: place, layout: layout, root: root, program: program, group: group)
            let listener = try GuestListener(at: place.socketPath)
            if traits.owner != 0 { chown(place.socketPath, traits.owner, gid_t.max) }
            let carrier = try await technology.start(site)
            do throws(SandboxError) {
                let socket = try await listener.accept(within: traits.startLimit) { await carrier.failure() }
                return ReadyGuest(site, GuestChannel(socket), carrier, traits, storage, uidBase: base, cpus: cpus)
            } catch {
                await technology.removeLeftover(place)
                await carrier.end()
                throw .unavailable(backend: name, reason: "\(error); \(place.lastWords)")
            }
        } catch {
            await group?.remove()
            if let madeRoot { await storage.remove(madeRoot, of: place) }
            place.remove()
            UserIDs.shared.giveBack(base)
            throw error
        }
    }

    private func layout(of image: SandboxImage) throws(SandboxError) -> RootLayout {
        if let layout = layouts[image] { return layout }
        let path = directory + "/root" + (image == .host ? "" : "-\(lastLayout)")
        lastLayout += 1
        let made = try RootLayout.make(at: path, of: image, extraBinds: configuration.extraBinds)
        layouts[image] = made
        return made
    }

    /// Removes a sandbox after its user was answered.
    private func remove(_ guest: ReadyGuest, of image: SandboxImage) {
        nextRemoval += 1
        let number = nextRemoval
        let statistics = statistics
        // Outlives its caller, who shall not wait; `shutdown` does.
        removals[number] = Task {
            let start = ContinuousClock.now
            await guest.remove()
            statistics.record(clean: ContinuousClock.now - start)
            self.forget(number, image)
        }
    }

    private func forget(_ number: Int, _ image: SandboxImage) {
        removals[number] = nil
        count(image, -1)
    }

    private func refill() {
        while ready.count + filling < configuration.poolSize, !isShutDown {
            filling += 1
            // Outlives its caller, who shall not wait for the next sandbox; `shutdown` does.
            Task {
                let guest: ReadyGuest?
                do { guest = try await startGuest(defaultStorage, .host, cpus: []) } catch {
                    logger.warning(
                        "no sandbox could be made ahead", metadata: ["backend": "\(name)", "reason": "\(error)"])
                    guest = nil
                }
                await keep(guest)
            }
        }
    }

    private func keep(_ guest: ReadyGuest?) async {
        filling -= 1
        guard let guest else { return }
        if isShutDown { await guest.remove() } else { ready.append(guest) }
    }

    /// Removes what services that were killed left behind, once.
    private func recover() async {
        guard !isRecovered else { return }
        isRecovered = true
        let groups = ControlGroups(parent: configuration.cgroup)
        for leftover in HostFile.directories(directory)
        where !leftover.hasPrefix("root") && !SandboxPlace.isOwned(leftover) {
            logger.notice("removing a sandbox that was left behind", metadata: ["sandbox": "\(leftover)"])
            let place = SandboxPlace(name: leftover, in: directory)
            await technology.removeLeftover(place)
            await groups?.group(leftover).remove()
            place.remove()
        }
        for leftover in groups?.names() ?? []
        where leftover.hasPrefix("\(name)-") && !SandboxPlace.isOwned(leftover) {
            await groups?.group(leftover).remove()
        }
    }
}
