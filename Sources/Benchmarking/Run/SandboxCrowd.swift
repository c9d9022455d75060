import Core
import Sandboxing

/// Many sandboxes of one configuration at the same time.
struct SandboxCrowd: Sendable {
    private let subject: BenchmarkSubject

    init(_ subject: BenchmarkSubject) { self.subject = subject }

    private static let settling = Duration.milliseconds(300)
    /// Density is tried no longer than this, and leaves this part of the machine's memory alone.
    private static let densityTime = Duration.seconds(20)
    private static let memoryFloor = 0.15

    /// `runs` hellos, `parallel` of them under way at any time.
    func concurrency(
        _ parallel: Int, runs: Int, _ program: ExperimentProgram
    ) async -> BenchmarkReport.Concurrency {
        try? await subject.prepare()
        let start = ContinuousClock.now
        let times = await withTaskGroup(of: Double?.self) { group in
            var times: [Double?] = []
            for index in 0..<runs {
                if index >= parallel, let time = await group.next() { times.append(time) }
                group.addTask { await wall(program) }
            }
            for await time in group { times.append(time) }
            return times
        }
        let seconds = (ContinuousClock.now - start).inSeconds
        let good = times.compactMap { $0 }
        let configuration = subject.configuration
        return .init(
            backend: configuration.backend, image: configuration.image, storage: configuration.storage,
            parallel: parallel, runsPerSecond: rounded(Double(good.count) / seconds), wall: .init(good),
            failures: times.count - good.count)
    }

    /// From the request for a sandbox to the answer, in milliseconds; `nil` if it failed.
    private func wall(_ program: ExperimentProgram) async -> Double? {
        let start = ContinuousClock.now
        guard let sandbox = try? await make() else { return nil }
        var isGood = false
        do {
            let outcome = try await sandbox.run(
                program.command(for: .hello), with: program.bundle(for: .hello), isLast: true)
            isGood = outcome.ending == .exited(0)
        } catch {}
        let time = ContinuousClock.now - start
        await sandbox.destroy()
        return isGood ? time.milliseconds : nil
    }

    /// What the machine has less of while `count` sandboxes wait, divided by their number.
    func memoryEach(_ count: Int) async throws -> Int {
        try? await Task.sleep(for: Self.settling)
        let before = MachineFacts.availableMemory
        var sandboxes: [any Sandbox] = []
        do {
            for _ in 0..<count { sandboxes.append(try await make()) }
        } catch {
            await remove(sandboxes)
            throw error
        }
        try? await Task.sleep(for: Self.settling)
        let after = MachineFacts.availableMemory
        await remove(sandboxes)
        return max(0, before - after) / count
    }

    /// How many sandboxes there can be.
    func density(atMost limit: Int) async -> BenchmarkReport.Density {
        let end = ContinuousClock.now + Self.densityTime
        let floor = Double(MachineFacts.availableMemory) * Self.memoryFloor
        var sandboxes: [any Sandbox] = []
        var reason = "the limit of this benchmark"
        while sandboxes.count < limit {
            if ContinuousClock.now > end {
                reason = "time: \(Self.densityTime.inSeconds) s"
                break
            }
            if Double(MachineFacts.availableMemory) < floor {
                reason = "memory: less than \(Int(Self.memoryFloor * 100)) % is left"
                break
            }
            do { sandboxes.append(try await make()) } catch {
                reason = "refused: \(error)"
                break
            }
        }
        let reached = sandboxes.count
        await remove(sandboxes)
        let configuration = subject.configuration
        return .init(
            backend: configuration.backend, image: configuration.image, storage: configuration.storage,
            reached: reached, stoppedBy: reason)
    }

    private func make() async throws -> any Sandbox {
        try await subject.backend.makeSandbox(subject.sandboxConfiguration(.none))
    }

    private func remove(_ sandboxes: [any Sandbox]) async {
        await withTaskGroup(of: Void.self) { group in
            for sandbox in sandboxes { group.addTask { _ = await SandboxRun.remove(sandbox, of: subject) } }
        }
    }
}
