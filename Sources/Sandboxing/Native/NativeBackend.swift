import CSandbox
package import Core
import Glibc

/// Sandboxes of namespaces and cgroups, made by one launcher process that holds all privilege. The service itself never
/// forks. Sandboxes are made ahead, used by one party, and removed after the answer.
package actor NativeBackend: SandboxBackend {
    package nonisolated let name = BackendName.native
    package nonisolated let configuration: NativeConfiguration

    /// The launcher that is being started, or runs. Callers that need it at the same time wait for the same one.
    private var launcher: Task<Launcher, any Error>?
    /// The same once it answered.
    private var running: Launcher?
    private var ready: [ReadySandbox] = []
    private var fillingCount = 0
    private var cpuLoad = CPULoad(cpus: [])
    private var inUse = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var isShutDown = false

    /// A sandbox made ahead.
    private struct ReadySandbox {
        let handle: SandboxHandle
        let cpus: [Int]
    }

    package init(_ configuration: NativeConfiguration = NativeConfiguration()) { self.configuration = configuration }

    package func probe() async -> BackendReport {
        var report = BackendReport(
            name: name, version: "1", availability: .available, isolation: .container,
            capabilities: .init(
                cpuTime: true, memory: true, processes: true, output: true, disk: true, cpuPinning: true,
                networkModes: ["none", "loopback"], isRootless: false, connections: true))
        report.storages = [StorageReport(.bind)]
        do throws(SandboxError) {
            let launcher = try await runningLauncher()
            let lacks = Set(launcher.lacks)
            report.version = "1 (cgroup v\(launcher.cgroupVersion))"
            report.capabilities.memory = !lacks.contains("memory limits")
            report.capabilities.processes = !lacks.contains("process limits")
            report.capabilities.cpuTime = !lacks.contains("CPU time limits")
            report.capabilities.cpuPinning = !lacks.contains("CPU pinning")
        } catch {
            report.availability = .unavailable(reason: error.description, remedy: Self.remedy(for: error))
        }
        return report
    }

    package func makeSandbox(_ configuration: SandboxConfiguration) async throws(SandboxError) -> any Sandbox {
        let clock = SuspendingClock()
        let start = clock.now
        if case .egress = configuration.network {
            throw .cannotEnforce("network mode \(configuration.network.name)")
        }
        if let storage = configuration.storage, storage != .bind { throw .cannotEnforce("storage \(storage.rawValue)") }
        let launcher = try await runningLauncher()
        if let missing = launcher.lacks.first { throw .cannotEnforce(missing) }
        await takePlace()
        let cpus: [Int]
        do throws(SandboxError) {
            cpus = try cpuLoad.take(configuration.cpuSet, count: configuration.limits.cpus)
        } catch {
            giveBackPlace()
            throw error
        }
        let release: @Sendable () -> Void = { [weak self] in
            // Outlives its caller, who shall not wait for the next one in line.
            Task { await self?.giveBack(cpus) }
        }
        let handle: SandboxHandle
        do throws(SandboxError) {
            handle = try await take(launcher, cpus, configuration)
        } catch {
            giveBack(cpus)
            throw error
        }
        return NativeSandbox(
            connection: launcher.connection, handle: handle, workSize: configuration.limits.workSize,
            created: start.duration(to: clock.now), release: release)
    }

    package func shutdown() async {
        isShutDown = true
        ready = []
        running = nil
        let starting = launcher
        launcher = nil
        guard let launcher = try? await starting?.value else { return }
        await launcher.connection.close()
    }

    /// The process id of the launcher, for those who watch or test it.
    package func launcherProcessID() async throws(SandboxError) -> Int32 {
        try await runningLauncher().processID
    }

    /// Sandboxes that wait for their user.
    package var readyCount: Int { ready.count }

    /// Makes the pool full, and returns when it is.
    package func warmUp() async throws(SandboxError) {
        let launcher = try await runningLauncher()
        while ready.count < configuration.poolSize {
            if fillingCount == 0 { refill(launcher) }
            try? await Task.sleep(for: .milliseconds(1))
            if isShutDown || launcher.connection.lossReason != nil { return }
        }
    }

    // MARK: launcher

    private func runningLauncher() async throws(SandboxError) -> Launcher {
        while true {
            guard !isShutDown else { throw .unavailable(backend: name, reason: "it was shut down") }
            let starting = launcher ?? startLauncher()
            launcher = starting
            let started: Launcher
            do {
                started = try await starting.value
            } catch {
                forget(starting)
                throw error as? SandboxError ?? .unavailable(backend: name, reason: "\(error)")
            }
            guard started.connection.lossReason == nil else {
                forget(starting)
                continue
            }
            if cpuLoad.isEmpty { cpuLoad = CPULoad(cpus: started.cpus) }
            if running == nil { running = started; refill(started) }
            return started
        }
    }

    private func startLauncher() -> Task<Launcher, any Error> {
        let configuration = configuration
        // Outlives the caller that happens to be first: all callers share the launcher.
        return Task {
            try await Launcher.start(configuration) { [weak self] in Task { await self?.recover() } }
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
    }

    private static func remedy(for error: SandboxError) -> String {
        switch error {
        case .setupFailed(_, EPERM), .unavailable: "start assay as root, with assay-launcher beside it"
        default: "see the log of assay-launcher"
        }
    }

    // MARK: pool

    /// A sandbox that was made ahead, if it is of the kind that is, or a new one.
    private func take(
        _ launcher: Launcher, _ cpus: [Int], _ configuration: SandboxConfiguration
    ) async throws(SandboxError) -> SandboxHandle {
        let limits = configuration.limits
        guard configuration.network == .none else {
            return try await create(launcher, cpus, limits, network: ASSAY_NETWORK_LOOPBACK)
        }
        guard let index = ready.firstIndex(where: { $0.cpus == cpus }) ?? ready.indices.first else {
            return try await create(launcher, cpus, limits)
        }
        let taken = ready.remove(at: index)
        refill(launcher)
        var body = assay_adopt()
        body.work_size = UInt64(limits.workSize)
        body.work_files = UInt64(limits.workFiles)
        body.cpus = assay_cpu_set(cpus)
        launcher.connection.send(
            LauncherMessage(ASSAY_ADOPT, tag: launcher.connection.makeTag(), handle: taken.handle, body: body))
        return taken.handle
    }

    private func create(
        _ launcher: Launcher, _ cpus: [Int], _ limits: Limits, network: Int = ASSAY_NETWORK_NONE
    ) async throws(SandboxError) -> SandboxHandle {
        var body = assay_create()
        body.network = UInt32(network)
        body.work_size = UInt64(limits.workSize)
        body.work_files = UInt64(limits.workFiles)
        body.memory = UInt64(limits.memory)
        body.processes = UInt64(limits.processes)
        body.cpus = assay_cpu_set(cpus)
        for _ in 0..<Self.createAttempts {
            let message = LauncherMessage(ASSAY_CREATE, tag: launcher.connection.makeTag(), body: body)
            let reply = try await launcher.connection.request(message)
            do throws(SandboxError) {
                let created = try reply.body(ASSAY_CREATED, as: assay_created.self)
                guard created.error == 0 else {
                    throw .setupFailed(step: text(of: created.step), errno: created.error)
                }
                return reply.handle
            } catch .setupFailed(_, EAGAIN) {
                // Every place is taken by a sandbox that is being removed, which takes milliseconds.
                try? await Task.sleep(for: .milliseconds(2))
            }
        }
        throw .unavailable(backend: name, reason: "sandboxes are not removed as fast as they are asked for")
    }

    /// How often to ask for a place, two milliseconds apart.
    private static let createAttempts = 2500

    /// Makes the pool full while nothing runs. While something does, only a few are kept: making one takes as much CPU
    /// as several short runs.
    private func refill(_ launcher: Launcher) {
        let wanted = inUse == 0 ? configuration.poolSize : min(configuration.poolSize, configuration.poolSize / 4 + 1)
        while ready.count + fillingCount < wanted, !isShutDown {
            fillingCount += 1
            let cpus = cpuLoad.cpusForReady(fillingCount + ready.count)
            // Outlives its caller, who shall not wait for the next sandbox.
            Task { await fill(launcher, cpus) }
        }
    }

    private func fill(_ launcher: Launcher, _ cpus: [Int]) async {
        let handle = try? await create(launcher, cpus, .default)
        fillingCount -= 1
        guard let handle else { return }
        // A launcher that ended meanwhile took the sandbox with it.
        if launcher.connection.lossReason == nil { ready.append(ReadySandbox(handle: handle, cpus: cpus)) }
    }

    private func giveBack(_ cpus: [Int]) {
        cpuLoad.giveBack(cpus)
        giveBackPlace()
        refillNow()
    }

    private func refillNow() { if let running { refill(running) } }

    /// Waits until fewer than the maximum are in use.
    private func takePlace() async {
        guard inUse >= configuration.maximumSandboxes else {
            inUse += 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func giveBackPlace() {
        // The place goes to the one who waits, so it stays in use.
        if waiting.isEmpty { inUse -= 1 } else { waiting.removeFirst().resume() }
    }
}
