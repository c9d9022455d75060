package import Core
import Glibc

/// Sandboxes of namespaces and cgroups, made by a launcher process for each image, which holds all privilege. The service
/// itself never forks. Sandboxes are made ahead, used by one party, and removed after the answer.
package actor NativeBackend: SandboxBackend {
    package nonisolated let name = BackendName.native
    package nonisolated let statistics = StageStatistics()
    package nonisolated let configuration: NativeConfiguration

    /// By image. The host's is made first and stays.
    private var pools: [SandboxImage: NativePool] = [:]
    /// Which part of the user ids each pool has.
    private var parts: [SandboxImage: Int] = [:]
    /// From the one used longest ago to the last one.
    private var lastUsed: [SandboxImage] = []
    private var cpuLoad = CPULoad(cpus: [])
    private var inUse = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var isShutDown = false

    package init(_ configuration: NativeConfiguration = NativeConfiguration()) { self.configuration = configuration }

    package func probe() async -> BackendReport {
        var report = BackendReport(
            name: name, version: "1", availability: .available, isolation: .container,
            capabilities: .init(
                cpuTime: true, memory: true, processes: true, output: true, disk: true, cpuPinning: true,
                networkModes: ["none", "loopback"], isRootless: false, connections: true, images: true, layers: true))
        report.storages = [StorageReport(.bind)]
        do throws(SandboxError) {
            let launcher = try await pool(of: .host).runningLauncher()
            let lacks = Set(launcher.lacks)
            report.capabilities.isRootless = launcher.isRootless
            report.capabilities.layers = !launcher.isRootless
            report.unenforced = launcher.lacks.map {
                BackendReport.Unenforced(
                    limit: $0, isAccepted: configuration.accepted.contains($0), reason: launcher.reason,
                    remedy: launcher.remedy)
            }
            if launcher.hasOneUser { report.notes.append(Self.oneUserNote) }
            if launcher.egressProblem == nil { report.capabilities.networkModes.append("egress") }
            report.version =
                launcher.cgroupVersion == 0 ? "1 (no cgroup)" : "1 (cgroup v\(launcher.cgroupVersion))"
            report.capabilities.memory = !lacks.contains(.memory)
            report.capabilities.processes = !lacks.contains(.processes)
            report.capabilities.cpuTime = !lacks.contains(.cpuTime)
        } catch {
            report.availability = .unavailable(reason: error.description, remedy: Self.remedy(for: error))
        }
        return report
    }

    package func poolReport() async -> BackendReport.Pool? {
        var total = BackendReport.Pool()
        for pool in pools.values { total += await pool.report }
        return total
    }

    package func makeSandbox(_ configuration: SandboxConfiguration) async throws(SandboxError) -> any Sandbox {
        let clock = SuspendingClock()
        let start = clock.now
        if let storage = configuration.storage, storage != .bind { throw .cannotEnforce("storage \(storage.rawValue)") }
        let pool = try await pool(of: configuration.image)
        let launcher = try await pool.runningLauncher()
        let refused = launcher.lacks.filter { !self.configuration.accepted.contains($0) }
        guard refused.isEmpty else {
            throw .cannotEnforce(
                refused.map(\.words).joined(separator: ", ")
                    + " (assay doctor says why; native.accept-unenforced does without)")
        }
        if launcher.isRootless, case .layer = configuration.image {
            throw .cannotEnforce("what a set-up script made, which needs a launcher that is root")
        }
        if case .egress(let rules) = configuration.network {
            guard self.configuration.egress != nil else { throw .cannotEnforce("network mode egress") }
            if let problem = launcher.egressProblem { throw .cannotEnforce("network mode egress: \(problem)") }
            if rules.dns, self.configuration.egress?.resolvers.isEmpty != false {
                throw .cannotEnforce("names in network mode egress: no resolver can be reached from a sandbox")
            }
        }
        if cpuLoad.isEmpty { cpuLoad = CPULoad(cpus: launcher.cpus) }
        await takePlace()
        let cpus: [Int]
        do throws(SandboxError) {
            cpus = try cpuLoad.take(configuration.cpuSet, count: configuration.limits.cpus)
        } catch {
            giveBackPlace()
            throw error
        }
        do throws(SandboxError) {
            let taken = try await pool.take(cpus, configuration)
            let release: @Sendable () -> Void = { [weak self] in
                // Outlives its caller, who shall not wait for the next one in line.
                Task {
                    await pool.giveBack(cpus)
                    await self?.giveBack(cpus)
                }
            }
            return NativeSandbox(
                taken, workSize: configuration.limits.workSize, created: start.duration(to: clock.now),
                network: configuration.network, statistics: statistics, release: release)
        } catch {
            giveBack(cpus)
            throw error
        }
    }

    package func shutdown() async {
        isShutDown = true
        for pool in pools.values { await pool.shutdown() }
        pools = [:]
    }

    /// The process id of the launcher of an image, for those who watch or test it.
    package func launcherProcessID(image: SandboxImage = .host) async throws(SandboxError) -> Int32 {
        try await pool(of: image).runningLauncher().processID
    }

    /// Sandboxes that wait for their user.
    package var readyCount: Int { get async { await poolReport()?.ready ?? 0 } }

    /// Makes the pool of an image as full as it may be, and returns when it is.
    package func warmUp(image: SandboxImage = .host) async throws(SandboxError) { try await pool(of: image).warmUp() }

    /// How many sandboxes somebody uses.
    package func useCount(image: SandboxImage = .host) async -> Int { await pools[image]?.useCount ?? 0 }

    /// Has a sandbox ready in which `start` is prepared.
    package func warmUp(
        _ start: WarmStart, limits: Limits = .default, image: SandboxImage = .host
    ) async throws(SandboxError) {
        try await pool(of: image).warmUp(start, limits)
    }

    // MARK: images

    private func pool(of image: SandboxImage) async throws(SandboxError) -> NativePool {
        guard !isShutDown else { throw .unavailable(backend: name, reason: "it was shut down") }
        lastUsed.removeAll { $0 == image }
        lastUsed.append(image)
        if let pool = pools[image] { return pool }
        if parts.count >= configuration.imageCount { await closeIdlePool() }
        // Another caller may have made it meanwhile.
        if let pool = pools[image] { return pool }
        let taken = Set(parts.values)
        guard let part = (image == .host ? 0..<1 : 1..<configuration.imageCount).first(where: { !taken.contains($0) })
        else { throw .cannotEnforce("user ids of its own for one more image") }
        let pool = NativePool(configuration.part(part), image: image, statistics: statistics)
        pools[image] = pool
        parts[image] = part
        return pool
    }

    /// Makes room for another image: ends the pool that was used longest ago, if nobody uses it.
    private func closeIdlePool() async {
        for image in lastUsed where image != .host {
            guard let pool = pools[image], await pool.useCount == 0 else { continue }
            pools[image] = nil
            await pool.shutdown()
            if pools[image] == nil { parts[image] = nil }
            return
        }
    }

    package func forget(_ image: SandboxImage) async -> Bool {
        guard let pool = pools[image] else { return true }
        guard image != .host, await pool.useCount == 0 else { return false }
        pools[image] = nil
        lastUsed.removeAll { $0 == image }
        await pool.shutdown()
        if pools[image] == nil { parts[image] = nil }
        return true
    }

    /// What having one user means.
    private static let oneUserNote =
        "sandboxes share this user of the host, and keep its groups: give it ranges in /etc/subuid and /etc/subgid, and "
        + "install uidmap"

    private static func remedy(for error: SandboxError) -> String {
        switch error {
        case .setupFailed(_, EPERM), .unavailable:
            geteuid() == 0
                ? "start assay as root, with assay-launcher beside it"
                : "allow user namespaces (user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns) and "
                    + "show this user the whole of /proc, or start assay as root, or set launcher-socket"
        default: "see the log of assay-launcher"
        }
    }

    // MARK: places

    private func giveBack(_ cpus: [Int]) {
        cpuLoad.giveBack(cpus)
        giveBackPlace()
    }

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
