import CSandbox
import Core
import Glibc

/// The launcher of one image, and the sandboxes that it made ahead. They are used by one party each.
actor NativePool {
    nonisolated let configuration: NativeConfiguration
    nonisolated let image: SandboxImage
    private let statistics: StageStatistics

    /// The launcher that is being started, or runs. Callers that need it at the same time wait for the same one.
    private var launcher: Task<Launcher, any Error>?
    /// The same once it answered.
    private var running: Launcher?
    private var ready: [ReadySandbox] = []
    /// Those in which a prepared runtime waits.
    private var warm: WarmShelf<ReadySandbox>
    private var fillingCount = 0
    private var inUse = 0
    /// CPUs of the sandboxes in use, and of runtimes that prepare themselves: how many each has.
    private var load: [Int: Int] = [:]
    /// On which CPUs runtimes were asked for: to move one that waits on another takes longer than a short run.
    private var warmDemand = CPUDemand()
    private var size: PoolSize
    /// What the last sandbox was asked for: the next one that is made ahead need not be changed if it is asked for the same.
    private var expected = Limits.default
    private var isShutDown = false
    private var decay: Task<Void, Never>?
    /// Looks whether a CPU is still free for what takes long to prepare.
    private var longRefill: Task<Void, Never>?

    /// A prepared runtime is used when the memory limit is at least this many times what it already uses.
    private static let warmMemoryFactor = 2

    /// How long the next sandbox is not made after one was given back: about what removing one takes.
    private static let refillDelay = Duration.milliseconds(3)

    /// How long a CPU must be free for a runtime to be prepared that takes long. Between two runs that follow each other it
    /// is free for less.
    private static let longRefillDelay = Duration.milliseconds(50)

    /// A sandbox made ahead.
    private struct ReadySandbox {
        let handle: SandboxHandle
        let cpus: [Int]
        /// Bytes that it uses while it waits.
        let idleMemory: Int
    }

    /// `configuration` has the user ids of this pool.
    init(_ configuration: NativeConfiguration, image: SandboxImage, statistics: StageStatistics) {
        self.configuration = configuration
        self.image = image
        self.statistics = statistics
        size = PoolSize(
            minimum: image == .host ? configuration.poolMinimum : min(1, configuration.poolMinimum),
            maximum: configuration.poolSize)
        warm = WarmShelf(
            capacity: configuration.poolSize, memory: configuration.warmMemory,
            minimum: min(1, configuration.poolMinimum))
    }

    /// What is ready, and what that costs.
    var report: BackendReport.Pool {
        BackendReport.Pool(
            ready: ready.count, target: size.target, minimum: size.minimum, maximum: size.maximum,
            idleMemory: (ready + warm.rows.values.flatMap(\.ready)).reduce(0) { $0 + $1.idleMemory },
            warm: warm.readyCount, warmProblem: warm.rows.values.compactMap(\.problem).first)
    }

    /// Sandboxes that somebody uses.
    var useCount: Int { inUse }

    /// Makes the pool as full as it may be, and returns when it is.
    func warmUp() async throws(SandboxError) {
        let launcher = try await runningLauncher()
        while ready.count < configuration.poolSize {
            if fillingCount == 0 { refill(launcher, upTo: configuration.poolSize) }
            try? await Task.sleep(for: .milliseconds(1))
            if isShutDown || launcher.connection.lossReason != nil { return }
        }
    }

    /// The same for sandboxes in which `start` is prepared.
    func warmUp(_ start: WarmStart, _ limits: Limits) async throws(SandboxError) {
        let launcher = try await runningLauncher()
        if let missing = launcher.lacks.first { throw .cannotEnforce(missing.words) }
        let kind = WarmShelf<ReadySandbox>.Kind(start: start, stack: limits.stack)
        while true {
            if let problem = warm.rows[kind]?.problem { throw .setupFailed(step: problem, errno: ECHILD) }
            if warm.rows[kind]?.ready.isEmpty != false, (warm.rows[kind]?.fillingCount ?? 0) == 0 {
                for spare in warm.take(kind, limits).spare { destroy(spare, launcher) }
            }
            refillWarm(launcher, isBusy: false)
            if let row = warm.rows[kind], !row.ready.isEmpty, row.fillingCount == 0 { return }
            try? await Task.sleep(for: .milliseconds(1))
            guard !isShutDown, configuration.poolSize > 0, launcher.connection.lossReason == nil else { return }
        }
    }

    func shutdown() async {
        isShutDown = true
        decay?.cancel()
        longRefill?.cancel()
        ready = []
        warm.clear()
        running = nil
        let starting = launcher
        launcher = nil
        guard let launcher = try? await starting?.value else { return }
        await launcher.connection.close()
    }

    // MARK: launcher

    func runningLauncher() async throws(SandboxError) -> Launcher {
        while true {
            guard !isShutDown else { throw .unavailable(backend: .native, reason: "it was shut down") }
            let starting = launcher ?? startLauncher()
            launcher = starting
            let started: Launcher
            do {
                started = try await starting.value
            } catch {
                forget(starting)
                throw error as? SandboxError ?? .unavailable(backend: .native, reason: "\(error)")
            }
            guard started.connection.lossReason == nil else {
                forget(starting)
                continue
            }
            if running == nil {
                running = started
                started.connection.onRemoval { [statistics] in statistics.record(clean: $0) }
                refill(started)
                startDecay()
            }
            return started
        }
    }

    private func startLauncher() -> Task<Launcher, any Error> {
        let (configuration, image) = (configuration, image)
        // Outlives the caller that happens to be first: all callers share the launcher.
        return Task {
            try await Launcher.start(configuration, image: image) { [weak self] in Task { await self?.recover() } }
        }
    }

    /// A launcher is gone, and every sandbox with it. A new one removes what is left, also when nobody asks for one.
    private func recover() async {
        // A launcher that cannot live is not started over and over.
        try? await Task.sleep(for: .milliseconds(100))
        _ = try? await runningLauncher()
    }

    /// Forgets a launcher that is gone. Another caller may have done so already, and started the next.
    private func forget(_ lost: Task<Launcher, any Error>) {
        guard launcher == lost else { return }
        launcher = nil
        running = nil
        ready = []
        warm.clear()
    }

    // MARK: sandboxes

    /// A sandbox, and whose launcher has it.
    struct Taken: Sendable {
        let connection: LauncherConnection
        let handle: SandboxHandle
        /// The runtime that waits in it.
        var warm: WarmStart?
    }

    /// A sandbox that was made ahead, if it is of the kind that is, or a new one. `giveBack(_:)` ends its use.
    func take(
        _ cpus: [Int], _ configuration: SandboxConfiguration
    ) async throws(SandboxError) -> Taken {
        let launcher = try await runningLauncher()
        inUse += 1
        count(cpus, 1)
        // What a runtime used before its program came is known by a cgroup only.
        if let start = configuration.warm, configuration.network == .none, launcher.lacks.isEmpty,
            let handle = takeWarm(launcher, start, cpus, configuration.limits)
        {
            return Taken(connection: launcher.connection, handle: handle, warm: start)
        }
        do throws(SandboxError) {
            return Taken(
                connection: launcher.connection, handle: try await take(launcher, cpus, configuration))
        } catch {
            giveBack(cpus)
            throw error
        }
    }

    func giveBack(_ cpus: [Int]) {
        inUse -= 1
        count(cpus, -1)
        guard let running else { return }
        refillSoon(running)
        refillWarmBesideRuns(running)
    }

    private func count(_ cpus: [Int], _ change: Int) {
        for cpu in cpus { load[cpu, default: 0] += change }
    }

    private func take(
        _ launcher: Launcher, _ cpus: [Int], _ configuration: SandboxConfiguration
    ) async throws(SandboxError) -> SandboxHandle {
        let limits = configuration.limits
        guard configuration.network == .none else {
            return try await create(launcher, cpus, limits, network: configuration.network).handle
        }
        size.take(ready: ready.count)
        expected = limits
        let matching = ready.firstIndex { $0.cpus == cpus }
        guard let index = matching ?? (launcher.keepsCPUs ? nil : ready.indices.first) else {
            return try await create(launcher, cpus, limits).handle
        }
        let taken = ready.remove(at: index)
        refill(launcher)
        adopt(launcher, taken, cpus, limits)
        return taken.handle
    }

    private func takeWarm(
        _ launcher: Launcher, _ start: WarmStart, _ cpus: [Int], _ limits: Limits
    ) -> SandboxHandle? {
        let kind = WarmShelf<ReadySandbox>.Kind(start: start, stack: limits.stack)
        // Its memory is the program's: under a limit that leaves it no room, a runtime starts as it can.
        let used = warm.rows[kind]?.ready.map(\.idleMemory).max() ?? 0
        guard limits.memory >= Self.warmMemoryFactor * used else { return nil }
        warmDemand.count(cpus)
        // One on other CPUs has to be moved, which its run would wait for.
        let (taken, spare) = warm.take(kind, limits) { $0.cpus == cpus }
        for spare in spare { destroy(spare, launcher) }
        guard let taken else { return nil }
        adopt(launcher, taken, cpus, limits)
        return taken.handle
    }

    /// Fits a sandbox that was made ahead to its user.
    private func adopt(_ launcher: Launcher, _ taken: ReadySandbox, _ cpus: [Int], _ limits: Limits) {
        var body = assay_adopt()
        body.work_size = UInt64(limits.workSize)
        body.work_files = UInt64(limits.workFiles)
        body.cpus = assay_cpu_set(cpus)
        launcher.connection.send(
            LauncherMessage(ASSAY_ADOPT, tag: launcher.connection.makeTag(), handle: taken.handle, body: body))
    }

    private func destroy(_ spare: ReadySandbox, _ launcher: Launcher) {
        launcher.connection.send(
            LauncherMessage(
                ASSAY_DESTROY, tag: launcher.connection.makeTag(), handle: spare.handle, body: assay_destroy()))
    }

    private func create(
        _ launcher: Launcher, _ cpus: [Int], _ limits: Limits, network: NetworkMode = .none
    ) async throws(SandboxError) -> ReadySandbox {
        var body = assay_create()
        body.network = UInt32(network.number)
        body.work_size = UInt64(limits.workSize)
        body.work_files = UInt64(limits.workFiles)
        body.memory = UInt64(limits.memory)
        body.processes = UInt64(limits.processes)
        body.cpus = assay_cpu_set(cpus)
        let tail = try network.egressTail()
        for _ in 0..<Self.createAttempts {
            let message = LauncherMessage(ASSAY_CREATE, tag: launcher.connection.makeTag(), body: body, tail: tail)
            let reply = try await launcher.connection.request(message)
            do throws(SandboxError) {
                let created = try reply.body(ASSAY_CREATED, as: assay_created.self)
                guard created.error == 0 else {
                    throw .setupFailed(step: text(of: created.step), errno: created.error)
                }
                return ReadySandbox(handle: reply.handle, cpus: cpus, idleMemory: Int(created.idle_kib) << 10)
            } catch .setupFailed(_, EAGAIN) {
                // Every place is taken by a sandbox that is being removed, which takes milliseconds.
                try? await Task.sleep(for: .milliseconds(2))
            }
        }
        throw .unavailable(backend: .native, reason: "sandboxes are not removed as fast as they are asked for")
    }

    /// How often to ask for a place, two milliseconds apart.
    private static let createAttempts = 2500

    // MARK: filling

    /// Makes the pool full while nothing runs. While something does, only a few are kept: making one takes as much CPU
    /// as several short runs.
    private func refill(_ launcher: Launcher, upTo count: Int? = nil) {
        let full = count ?? size.target
        let wanted = inUse == 0 ? full : min(full, full / 4 + 1)
        while ready.count + fillingCount < wanted, !isShutDown {
            fillingCount += 1
            let cpus = [launcher.cpus.isEmpty ? 0 : launcher.cpus[(fillingCount + ready.count) % launcher.cpus.count]]
            // Outlives its caller, who shall not wait for the next sandbox.
            Task { await fill(launcher, cpus) }
        }
    }

    /// Leaves the kernel to the removal of what was just given back, unless others are at work or the next would wait.
    private func refillSoon(_ launcher: Launcher) {
        guard inUse == 0, !ready.isEmpty else { return refill(launcher) }
        // Outlives its caller. A launcher that ended meanwhile refuses, and its successor is filled by its start.
        Task {
            try? await Task.sleep(for: Self.refillDelay)
            if launcher.connection.lossReason == nil { refill(launcher) }
        }
    }

    private func fill(_ launcher: Launcher, _ cpus: [Int]) async {
        let made = try? await create(launcher, cpus, expected)
        fillingCount -= 1
        // A launcher that ended meanwhile took the sandbox with it.
        guard let made, launcher.connection.lossReason == nil else { return }
        ready.append(made)
    }

    /// Not while a program begins, nor while every CPU has one: it would share its CPU with what is prepared for the next,
    /// which costs more than what it saves.
    private func refillWarmBesideRuns(_ launcher: Launcher, allowsLong: Bool = false) {
        if inUse == 0 || inUse < launcher.cpus.count {
            refillWarm(launcher, isBusy: inUse > 0, allowsLong: allowsLong)
        }
        guard warm.hasLong, longRefill == nil, !allowsLong, !isShutDown else { return }
        // Outlives its caller; `shutdown` cancels it.
        longRefill = Task {
            try? await Task.sleep(for: Self.longRefillDelay)
            longRefill = nil
            guard !Task.isCancelled, launcher.connection.lossReason == nil else { return }
            refillWarmBesideRuns(launcher, allowsLong: true)
        }
    }

    private func refillWarm(_ launcher: Launcher, isBusy: Bool, allowsLong: Bool = true) {
        // Some take a second of their CPU. Half of the CPUs are left to programs.
        let most = max(1, launcher.cpus.count / 2)
        while !isShutDown, warm.fillingCount < most,
            let (kind, limits, spare) = warm.next(isBusy: isBusy, allowsLong: allowsLong)
        {
            if let spare { destroy(spare, launcher) }
            let cpus = [freestCPU(launcher)]
            count(cpus, 1)
            // Outlives its caller, who shall not wait for the next one's runtime.
            Task { await prepare(launcher, kind, limits, cpus) }
        }
    }

    /// The one with the least to do, rather one on which few runtimes wait for how often they are asked for there.
    private func freestCPU(_ launcher: Launcher) -> Int {
        let waiting = warm.rows.values.flatMap(\.ready)
        func rank(_ cpu: Int) -> (Int, Double) {
            (load[cpu, default: 0], warmDemand.rank(cpu, waiting: waiting.count { $0.cpus == [cpu] }))
        }
        return launcher.cpus.min { rank($0) < rank($1) } ?? 0
    }

    /// Makes a sandbox and has a runtime prepare itself in it.
    private func prepare(
        _ launcher: Launcher, _ kind: WarmShelf<ReadySandbox>.Kind, _ limits: Limits, _ cpus: [Int]
    ) async {
        defer { count(cpus, -1) }
        var made: ReadySandbox?
        let clock = SuspendingClock()
        let start = clock.now
        do throws(SandboxError) {
            let sandbox = try await create(launcher, cpus, limits)
            made = sandbox
            let memory = try await launcher.connection.prepare(
                kind.start, in: sandbox.handle, stack: kind.stack, ceiling: configuration.ceiling)
            let warmed = ReadySandbox(handle: sandbox.handle, cpus: cpus, idleMemory: sandbox.idleMemory + memory)
            guard launcher.connection.lossReason == nil else { return warm.fail(kind, "the launcher is gone") }
            let unwanted = warm.put(
                warmed, kind, memory: warmed.idleMemory, after: start.duration(to: clock.now))
            if let unwanted { destroy(unwanted, launcher) }
        } catch {
            if let made { destroy(made, launcher) }
            warm.fail(kind, error.description)
        }
        if launcher.connection.lossReason == nil { refillWarmBesideRuns(launcher) }
    }

    private func startDecay() {
        guard decay == nil else { return }
        let interval = configuration.poolDecay
        // Lives as long as the pool; `shutdown` cancels it.
        decay = Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: interval)
                await self?.giveUpSpare()
            }
        }
    }

    private func giveUpSpare() {
        size.decay(ready: ready.count)
        guard let running else { return }
        while ready.count > size.target { destroy(ready.removeLast(), running) }
        for spare in warm.decay() { destroy(spare, running) }
    }
}
