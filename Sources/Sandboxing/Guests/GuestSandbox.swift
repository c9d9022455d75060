import CSandbox
import Core
import Glibc
import Synchronization

/// A sandbox with a guest of ours in it.
final class GuestSandbox: Sandbox {
    private let guest: ReadyGuest
    private let configuration: SandboxConfiguration
    private let created: Duration
    private let statistics: StageStatistics
    private let release: @Sendable () async -> Void
    private let isDestroyed = Mutex(false)

    /// The directory that its removal ends with.
    var placePath: String { guest.place.path }

    /// How long a guest has to end a program when it is told to, before the whole sandbox is ended.
    private static let killPatience = Duration.seconds(10)

    init(
        _ guest: ReadyGuest, _ configuration: SandboxConfiguration, created: Duration, statistics: StageStatistics,
        release: @escaping @Sendable () async -> Void
    ) {
        self.guest = guest
        self.configuration = configuration
        self.created = created
        self.statistics = statistics
        self.release = release
    }

    func write(_ files: FileBundle) async throws(SandboxError) {
        let head = LauncherMessage(ASSAY_WRITE, tag: guest.channel.makeTag(), body: assay_write())
        let reply = try await ask(try GuestMessage(head, payload: .file(files.packedFile()))).reply
        try reply.checkDone(limit: configuration.limits.workSize)
    }

    func collect(bytes: Int, files: Int) async throws(SandboxError) -> FileBundle {
        var body = assay_collect()
        body.bytes = UInt64(max(0, bytes))
        body.files = UInt64(min(max(0, files), Int(ASSAY_BUNDLE_FILES_MAX)))
        let head = LauncherMessage(ASSAY_COLLECT, tag: guest.channel.makeTag(), body: body)
        let overhead = Int(body.files) * (Int(ASSAY_PATH_MAX) + MemoryLayout<assay_entry>.size) + 4096
        let reply = try await ask(try GuestMessage(head), replyLimit: max(0, bytes) + overhead).reply
        try reply.checkDone(limit: bytes)
        let file = try Descriptor.sealed("artefacts", Array(reply.tail(after: assay_done.self)))
        let (unpacked, isComplete) = try PackedBundle.unpack(file)
        guard unpacked.count <= files, unpacked.reduce(0, { $0 + $1.contents.count }) <= bytes else {
            throw .tooLarge(limit: bytes)
        }
        return FileBundle(unpacked, packed: isComplete ? file : nil)
    }

    func run(_ command: Command, with files: FileBundle?, isLast: Bool) async throws(SandboxError) -> Outcome {
        if let files { try await write(files) }
        try checkLife()
        let tag = guest.channel.makeTag()
        let head = try LauncherMessage(command, tag: tag, handle: SandboxHandle(slot: 0, generation: 0))
        let message: GuestMessage
        if command.connections.isEmpty {
            message = try GuestMessage(head, payload: .bytes(command.stdin))
        } else {
            guard guest.takesDescriptors else { throw .cannotEnforce("connections of a program to others") }
            message = try GuestMessage(head, descriptors: head.descriptors)
        }
        let outer = try guest.outerGroup.map { group throws(SandboxError) in
            try OuterWatch(group, limits: command.limits, margin: guest.memoryMargin)
        }
        let wallTime = command.limits.wallTime
        let stop: @Sendable (StopReason) -> Void = { [guest] reason in
            // Its time began when it was executed, which may have been later than it was asked for.
            guest.kill(tag, after: reason == .overWallTime ? wallTime : .zero)
            // Outlives the run if the guest obeys, which it nearly always does; then there is nothing left to end.
            Task.detached {
                try? await Task.sleep(for: Self.killPatience)
                if guest.isRunning(tag) { guest.channel.close() }
            }
        }
        guest.begin(tag)
        defer { guest.finish(tag) }
        let start = ContinuousClock.now
        let watch = outer?.watch { [guest] in guest.kill(tag) }
        let (answer, reason) = try await withTimeLimit(wallTime, stop: stop) {
            () async throws(SandboxError) -> Result<GuestChannel.Answer, GuestChannel.Loss> in
            do throws(GuestChannel.Loss) {
                return .success(try await guest.channel.request(message, outputLimit: command.limits.output))
            } catch { return .failure(error) }
        }
        watch?.cancel()
        let total = ContinuousClock.now - start
        var outcome: Outcome
        switch answer {
        case .success(let answer):
            if answer.reply.header.kind == UInt32(ASSAY_DONE) { try answer.reply.checkDone(limit: 0) }
            var result = try answer.reply.body(ASSAY_RESULT, as: assay_result.self)
            outer?.complete(&result)
            outcome = try Outcome(result, answer, limits: command.limits, stopped: reason)
        case .failure(let loss):
            // The kernel may have chosen the guest, or the technology around it, when memory was used up.
            guard guest.group?.oomKills ?? 0 > 0 else { throw .lost(loss.reason) }
            outcome = Outcome(ending: .overMemory, wallTime: total, peakMemory: command.limits.memory)
            outcome.stdout.bytes = loss.stdout
            outcome.stderr.bytes = loss.stderr
            outcome.stages.execute = total
        }
        outcome.stages.create = created
        outcome.stages.launch = max(.zero, total - outcome.stages.execute - outcome.stages.stop)
        statistics.record(outcome.stages)
        return outcome
    }

    func destroy() async {
        let isFirst = isDestroyed.withLock { isDestroyed in
            defer { isDestroyed = true }
            return !isDestroyed
        }
        if isFirst { await release() }
    }

    private func checkLife() throws(SandboxError) {
        if isDestroyed.withLock({ $0 }) { throw .lost("the sandbox was destroyed") }
    }

    private func ask(
        _ message: GuestMessage, replyLimit: Int = 4096
    ) async throws(SandboxError) -> GuestChannel.Answer {
        try checkLife()
        do { return try await guest.channel.request(message, replyLimit: replyLimit) } catch {
            throw .lost(error.reason)
        }
    }
}

extension Outcome {
    fileprivate init(
        _ result: assay_result, _ answer: GuestChannel.Answer, limits: Limits, stopped: StopReason?
    ) throws(SandboxError) {
        self.init(
            ending: try Ending(result, limits: limits, stopped: stopped), cpuTime: .nanoseconds(result.cpu_ns),
            wallTime: .nanoseconds(result.execute_ns), peakMemory: Int(clamping: result.peak_memory),
            stdout: CapturedOutput(
                bytes: answer.stdout, isTruncated: result.flags & UInt32(ASSAY_STDOUT_TRUNCATED) != 0),
            stderr: CapturedOutput(
                bytes: answer.stderr, isTruncated: result.flags & UInt32(ASSAY_STDERR_TRUNCATED) != 0),
            stages: StageTimings(execute: .nanoseconds(result.execute_ns), stop: .nanoseconds(result.stop_ns)))
    }
}

/// Accounting from outside, for a technology whose whole sandbox lives in one cgroup of the host.
struct OuterWatch: Sendable {
    private let group: ControlGroup
    private let limits: Limits
    private let cpuBase: Duration
    private let memoryBase: Int
    private let oomBase: Int
    private let isOverCPU = Flag()

    init(_ group: ControlGroup, limits: Limits, margin: Int) throws(SandboxError) {
        self.group = group
        self.limits = limits
        cpuBase = group.cpuTime
        memoryBase = group.memoryUsage
        oomBase = group.oomKills
        group.resetPeak()
        try group.limitMemory(limits.memory + memoryBase + margin)
    }

    /// Looks at the CPU time whenever the limit can have been reached, and calls `kill` when it has been.
    func watch(kill: @escaping @Sendable () -> Void) -> Task<Void, Never> {
        Task {
            while !Task.isCancelled {
                let left = limits.cpuTime - (group.cpuTime - cpuBase)
                if left <= .zero {
                    isOverCPU.set()
                    return kill()
                }
                try? await Task.sleep(for: max(left / max(1, limits.cpus), .milliseconds(5)))
            }
        }
    }

    /// Puts what is known from outside in the place of what the guest could not know.
    func complete(_ result: inout assay_result) {
        result.cpu_ns = (group.cpuTime - cpuBase).nanoseconds
        result.oom_kills = UInt64(max(0, group.oomKills - oomBase))
        result.peak_memory = UInt64(max(0, group.memoryPeak - memoryBase))
        if isOverCPU.isSet { result.killed = UInt32(ASSAY_KILLED_FOR_CPU) }
    }
}

/// Something that happened, or not yet.
final class Flag: Sendable {
    private let state = Mutex(false)
    var isSet: Bool { state.withLock { $0 } }
    func set() { state.withLock { $0 = true } }
}
