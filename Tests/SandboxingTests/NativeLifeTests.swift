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
        // A cgroup that no sandbox took over goes after a while.
        var before = HostTrace(launcher: pid, cgroup: "assay-life")
        try #require(
            await eventually {
                before = HostTrace(launcher: pid, cgroup: "assay-life")
                return before.processes.count == 2 && before.cgroups.count == 2
            })
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

    /// What benchmarks call the end of a life.
    @Test func aRemovalIsSeenWhenItIsDoneAndNotBefore() async throws {
        let backend = makeBackend("removal")
        for isLast in [true, false] {
            let sandbox = try await backend.makeSandbox(SandboxConfiguration(limits: .default))
            var removal = try #require(await SandboxRemoval(of: sandbox, in: backend))
            let start = ContinuousClock.now
            #expect(await removal.wait(atMost: .milliseconds(50)) - start >= .milliseconds(50))
            removal = try #require(await SandboxRemoval(of: sandbox, in: backend))
            _ = try await sandbox.run(Command(arguments: ["true"], limits: .default), with: nil, isLast: isLast)
            let end = ContinuousClock.now
            await sandbox.destroy()
            #expect(await removal.wait(atMost: .seconds(20)) - end < .seconds(10))
        }
        await backend.shutdown()
    }

    @Test func aCgroupThatServesAgainCountsAnew() async throws {
        let backend = NativeBackend(
            NativeConfiguration(poolSize: 0, maximumSandboxes: 8, userIDBase: 0x7200_0000, cgroup: "assay-again"))
        let pid = try await backend.launcherProcessID()
        var limits = Limits.default
        limits.memory = 64 << 20
        limits.processes = 4
        let busy = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"
        var groups: Set<ino_t> = []
        for _ in 0..<10 {
            // A third's limits, use and end differ from the next one's.
            _ = try await NativeHost.run(["sh", "-c", busy], limits: limits, of: backend)
            let killed = try await NativeHost.run(
                ["sh", "-c", "x=$(head -c 100000000 /dev/zero | tr '\\0' a)"], limits: limits, of: backend)
            #expect(killed.ending == .overMemory)
            let sandbox = try await backend.makeSandbox(SandboxConfiguration(limits: .default))
            for index in 0..<8 {
                var status = stat()
                let start = HostTrace.directories(of: pid, below: "assay-again")
                for directory in start where stat("\(directory)/\(index)", &status) == 0 {
                    groups.insert(status.st_ino)
                }
            }
            let outcome = try await sandbox.run(Command(arguments: ["true"], limits: .default))
            #expect(outcome.ending == .exited(0))
            #expect(outcome.cpuTime < .milliseconds(20) && outcome.peakMemory < 4 << 20)
            let many = "for i in 1 2 3 4 5 6 7 8; do sleep 0.05 & done; wait"
            let crowd = try await sandbox.run(Command(arguments: ["sh", "-c", many], limits: .default))
            #expect(crowd.ending == .exited(0))
            let large = "python3 -c 'print(len(bytearray(128 << 20)))'"
            let filled = try await sandbox.run(Command(arguments: ["sh", "-c", large], limits: .default))
            #expect(filled.stdout.text == "\(128 << 20)\n")
            await sandbox.destroy()
        }
        // Four for each of thirty sandboxes, had none served again.
        let directories = HostTrace.directories(of: pid, below: "assay-again").count
        if directories > 1 { #expect(groups.count < 25 * directories) }
        #expect(try await eventually { HostTrace(launcher: pid, cgroup: "assay-again").cgroups.isEmpty })
        await backend.shutdown()
    }

    @Test func afterItsLastRunASandboxGoesByItself() async throws {
        let backend = NativeBackend(
            NativeConfiguration(poolSize: 0, maximumSandboxes: 8, userIDBase: 0x7200_0000, cgroup: "assay-last"))
        let pid = try await backend.launcherProcessID()
        let limits = Limits.default
        let files = FileBundle([try SourceFile(path: RelativePath("a"), text: "content")])
        // Alone, and beside a program that runs on.
        let other = try await backend.makeSandbox(SandboxConfiguration(limits: limits))
        for isAlone in [true, false] {
            let sandbox = try await backend.makeSandbox(SandboxConfiguration(limits: limits))
            let count = HostTrace(launcher: pid, cgroup: "assay-last").processes.count
            async let long = isAlone ? nil : other.run(Command(arguments: ["sleep", "0.3"], limits: limits))
            if !isAlone { try await Task.sleep(for: .milliseconds(50)) }
            let outcome = try await sandbox.run(
                Command(arguments: ["sh", "-c", "cat a; (setsid sleep 100 &)"], limits: limits), with: files,
                isLast: true)
            #expect(outcome.ending == .exited(0) && outcome.stdout.text == "content")
            #expect(outcome.peakMemory > 0 && outcome.cpuTime > .zero)
            await #expect(throws: SandboxError.self) {
                try await sandbox.run(Command(arguments: ["true"], limits: limits))
            }
            await #expect(throws: SandboxError.self) { try await sandbox.write(files) }
            _ = try await long
            #expect(
                try await eventually { HostTrace(launcher: pid, cgroup: "assay-last").processes.count == count - 1 })
            await sandbox.destroy()
        }
        await other.destroy()
        #expect(try await eventually { HostTrace(launcher: pid, cgroup: "assay-last").processes.isEmpty })
        // Its place is another's by now, whom a second end must not meet.
        #expect(try await NativeHost.run(["echo", "next"], of: backend).stdout.text == "next\n")
        await backend.shutdown()
    }

    @Test func aRunThatIsCancelledWhileItsFilesAreLaidDownLeavesItsSandboxUsable() async throws {
        let backend = makeBackend("early")
        let limits = Limits.default
        let files = FileBundle(
            try (0..<64).map {
                SourceFile(path: try RelativePath("f\($0)"), contents: Array(repeating: 1, count: 16_000))
            })
        let sandbox = try await backend.makeSandbox(SandboxConfiguration(limits: limits))
        for delay in 0..<40 {
            let run = Task {
                try await sandbox.run(Command(arguments: ["sleep", "20"], limits: limits), with: files, isLast: false)
            }
            try await Task.sleep(for: .microseconds(100 * delay))
            run.cancel()
            #expect(try await run.value.ending == .cancelled)
            let next = try await sandbox.run(
                Command(arguments: ["sh", "-c", "cat f* | wc -c"], limits: limits), with: files, isLast: false)
            #expect(next.ending == .exited(0) && next.stdout.text == "1024000\n")
        }
        await sandbox.destroy()
        await backend.shutdown()
    }

    @Test func filesThatComeWithARunAreNotPaidByIt() async throws {
        let backend = makeBackend("paid")
        var limits = Limits.default
        limits.cpuTime = .milliseconds(100)
        let files = FileBundle([
            try SourceFile(path: RelativePath("a"), contents: Array(repeating: 1, count: 1_000_000))
        ])
        try await withSandbox(of: backend, SandboxConfiguration(limits: limits)) { sandbox in
            let busy = Command(arguments: ["sh", "-c", "while :; do :; done"], limits: limits)
            for _ in 0..<3 {
                let outcome = try await sandbox.run(busy, with: files, isLast: false)
                // Looked at until it used a little more than it may; what it is charged with is what it used.
                #expect(outcome.ending == .overCPUTime)
                #expect(outcome.cpuTime >= limits.cpuTime && outcome.cpuTime < .milliseconds(400))
            }
        }
        await backend.shutdown()
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
