import Core
import Glibc
import Sandboxing
import Testing

/// Every attack ends as it must, leaves nothing behind, and a neighbour that runs at the same time notices nothing.
@Suite(.enabled("the launcher needs root") { NativeHost.isPrivileged }, .serialized)
struct AttackTests {
    private static let cgroup = "assay-attacks"
    private static let backend = NativeBackend(
        NativeConfiguration(poolSize: 2, maximumSandboxes: 8, userIDBase: 0x7400_0000, cgroup: cgroup))

    private func run(_ attack: Attack) async throws -> (Outcome, FileBundle?) {
        let (files, arguments): (FileBundle?, [String]) =
            switch attack.program {
            case .shell(let script): (nil, ["sh", "-c", script])
            case .python(let source): (nil, ["/usr/bin/python3", "-c", source])
            case .c(let source): (try await NativeHost.compile(source), ["./main"])
            }
        let configuration = SandboxConfiguration(limits: attack.limits)
        return try await withSandbox(of: Self.backend, configuration) { sandbox in
            if let files { try await sandbox.write(files) }
            let outcome = try await sandbox.run(Command(arguments: arguments, limits: attack.limits))
            // A sandbox that was attacked still gives its files back, or says that they are too many.
            return (outcome, try? await sandbox.collect(bytes: 1 << 30, files: 100_000))
        }
    }

    /// A program that does some of everything, and must not notice what happens beside it.
    private func runNeighbour() async throws -> Outcome {
        let script = "head -c 1000000 /dev/zero > f; (sleep 0.05; echo a) | cat; wc -c < f"
        return try await NativeHost.run(["sh", "-c", script], of: Self.backend)
    }

    private func trace() async throws -> HostTrace {
        HostTrace(launcher: try await Self.backend.launcherProcessID(), cgroup: Self.cgroup)
    }

    /// Waits until only the pool is left, and returns what there is then.
    private func settledTrace() async throws -> HostTrace {
        var last = try await trace()
        for _ in 0..<250 {
            try await Task.sleep(for: .milliseconds(20))
            let trace = try await trace()
            if trace == last, trace.processes.count == 2, trace.cgroups.count == 2 { return trace }
            last = trace
        }
        return last
    }

    @Test(arguments: Attack.all) func anAttackDoesNoHarm(attack: Attack) async throws {
        _ = try await runNeighbour()
        try await Self.backend.warmUp()
        let before = try await settledTrace()
        async let neighbour = runNeighbour()
        let (outcome, _) = try await run(attack)
        #expect(attack.endings.contains(outcome.ending), "\(outcome.ending): \(outcome.stderr.text.prefix(500))")
        if let output = attack.output { #expect(outcome.stdout.text == output) }
        #expect(outcome.peakMemory <= attack.limits.memory + 1 << 20)
        let beside = try await neighbour
        #expect(beside.ending == .exited(0))
        #expect(beside.stdout.text == "a\n1000000\n")
        let after = try await settledTrace()
        #expect(after.processes.count == before.processes.count)
        #expect(after.cgroups.count == before.cgroups.count)
        #expect(after.mounts == before.mounts)
        // The launcher may have held those of a neighbour that had just ended.
        #expect(after.descriptors <= before.descriptors)
    }
}
