import Core
import Glibc
import Sandboxing
import Testing

/// Sandboxes leave nothing behind, and neither does a launcher that dies.
@Suite(.enabled("the launcher needs root") { NativeHost.isPrivileged }, .serialized)
struct NativeLifeTests {
    private func makeBackend(_ name: String) -> NativeBackend {
        NativeBackend(
            NativeConfiguration(poolSize: 2, maximumSandboxes: 8, userIDBase: 0x7200_0000, cgroup: "assay-\(name)"))
    }

    @Test func nothingIsLeftAfterARun() async throws {
        let backend = makeBackend("life")
        _ = try await NativeHost.run(["true"], of: backend)
        try await backend.warmUp()
        let pid = try await backend.launcherProcessID()
        let programs = [
            "true", "(setsid sleep 100 &) ; (sleep 100 &) ; exit 3",
            "mkfifo f; ln -s / l; mkdir -p a/b/c; touch a/b/c/d",
            "kill -9 -1", "yes", "head -c 99999999 /dev/zero > big", "exec 9<>/dev/shm/x; sleep 0.01",
        ]
        // The places that are used get their user namespaces at first use.
        for program in programs + programs { _ = try await NativeHost.run(["sh", "-c", program], of: backend) }
        try await backend.warmUp()
        try #require(await eventually { HostTrace(launcher: pid, cgroup: "assay-life").processes.count == 2 })
        var before = HostTrace(launcher: pid, cgroup: "assay-life")
        #expect(before.cgroups.count == 2)
        before.processes = []
        before.cgroups = []
        before.networks = []
        for program in programs { _ = try await NativeHost.run(["sh", "-c", program], of: backend) }
        let isClean = try await eventually {
            var after = HostTrace(launcher: pid, cgroup: "assay-life")
            guard after.processes.count == 2, after.cgroups.count == 2, after.networks.count == 2 else { return false }
            after.processes = []
            after.cgroups = []
            after.networks = []
            return after == before
        }
        #expect(isClean, "\(HostTrace(launcher: pid, cgroup: "assay-life")) after \(before)")
        await backend.shutdown()
        #expect(kill(pid, 0) != 0)
        let end = HostTrace(launcher: pid, cgroup: "assay-life")
        #expect(end.processes.isEmpty && end.cgroups.isEmpty)
    }

    @Test func allFiveStagesAreTimed() async throws {
        let backend = makeBackend("stages")
        _ = try await NativeHost.run(["sleep", "0.02"], of: backend)
        // The answer comes before the sandbox is removed.
        #expect(try await eventually { backend.statistics.medians.map { $0.clean > .zero } == true })
        let stages = try #require(backend.statistics.medians)
        #expect(stages.create > .zero && stages.launch > .zero && stages.stop > .zero)
        #expect(stages.execute >= .milliseconds(20) && stages.clean < .seconds(5))
        await backend.shutdown()
    }

    @Test func aLauncherThatIsKilledIsReplacedAndItsRemainsRemoved() async throws {
        let backend = makeBackend("killed")
        let pid = try await backend.launcherProcessID()
        let run = Task { try await NativeHost.run(["sleep", "60"], of: backend) }
        try #require(await eventually { HostTrace(launcher: pid, cgroup: "assay-killed").processes.count >= 3 })
        let sandbox = try await backend.makeSandbox(SandboxConfiguration(limits: .default))
        let children = HostTrace(launcher: pid, cgroup: "assay-killed").processes.compactMap { Int32($0) }
        kill(pid, SIGKILL)
        await #expect(throws: SandboxError.self) { try await run.value }
        await #expect(throws: SandboxError.self) {
            try await sandbox.run(Command(arguments: ["true"], limits: .default))
        }
        let outcome = try await NativeHost.run(["echo", "again"], of: backend)
        #expect(outcome.stdout.text == "again\n")
        #expect(try await backend.launcherProcessID() != pid)
        #expect(try await eventually { children.allSatisfy { kill($0, 0) != 0 } })
        #expect(HostTrace(launcher: pid, cgroup: "assay-killed").cgroups.isEmpty)
        await backend.shutdown()
    }

    @Test func aBackendWithoutLauncherSaysSo() async throws {
        let backend = NativeBackend(NativeConfiguration(launcherPath: "/nonexistent/assay-launcher"))
        let report = await backend.probe()
        guard case .unavailable(let reason, _) = report.availability else {
            Issue.record("it claims to be available")
            return
        }
        #expect(reason.contains("/nonexistent/assay-launcher"))
        await #expect(throws: SandboxError.self) {
            try await backend.makeSandbox(SandboxConfiguration(limits: .default))
        }
    }

    @Test func aBackendThatWasShutDownMakesNothing() async throws {
        let backend = makeBackend("shut")
        await backend.shutdown()
        await #expect(throws: SandboxError.self) {
            try await backend.makeSandbox(SandboxConfiguration(limits: .default))
        }
    }

    @Test func thePoolHoldsSandboxesAheadOfTheirUse() async throws {
        let backend = makeBackend("pool")
        try await backend.warmUp()
        #expect(await backend.readyCount == 2)
        let sandbox = try await backend.makeSandbox(SandboxConfiguration(limits: .default))
        // While it is used, only few are made.
        #expect(await backend.readyCount == 1)
        await sandbox.destroy()
        #expect(try await eventually { await backend.readyCount == 2 })
        await backend.shutdown()
    }

    @Test func moreThanTheMaximumWait() async throws {
        let backend = makeBackend("wait")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<30 { group.addTask { _ = try await NativeHost.run(["true"], of: backend) } }
            try await group.waitForAll()
        }
        await backend.shutdown()
    }

    @Test func probingTellsWhatIsEnforced() async throws {
        let report = await NativeHost.backend.probe()
        #expect(report.availability == .available)
        #expect(report.capabilities.memory && report.capabilities.processes && report.capabilities.cpuTime)
        #expect(report.isolation == .container)
    }
}
