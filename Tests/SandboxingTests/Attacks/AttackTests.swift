import Core
import Glibc
import Sandboxing
import Testing

/// The backend that is attacked.
private enum AttackHost {
    static let backend = NativeBackend(
        NativeConfiguration(poolSize: 2, maximumSandboxes: 8, userIDBase: 0x7400_0000, cgroup: "assay-attacks"))
}

/// Every attack ends as it must, leaves nothing behind, and a neighbour that runs at the same time notices nothing.
@Suite(
    .enabled("the launcher needs root") { NativeHost.isPrivileged }, .serialized,
    .leavingNothing(in: AttackHost.backend))
struct AttackTests {
    private func run(_ attack: Attack) async throws -> (Outcome, FileBundle?) {
        let (files, arguments): (FileBundle?, [String]) =
            switch attack.program {
            case .shell(let script): (nil, ["sh", "-c", script])
            case .python(let source): (nil, ["/usr/bin/python3", "-c", source])
            case .c(let source): (try await NativeHost.compile(source), ["./main"])
            }
        let configuration = SandboxConfiguration(limits: attack.limits)
        return try await withSandbox(of: AttackHost.backend, configuration) { sandbox in
            if let files { try await sandbox.write(files) }
            let outcome = try await sandbox.run(Command(arguments: arguments, limits: attack.limits))
            // A sandbox that was attacked still gives its files back, or says that they are too many.
            return (outcome, try? await sandbox.collect(bytes: 1 << 30, files: 100_000))
        }
    }

    /// A program that does some of everything, and must not notice what happens beside it.
    private func runNeighbour() async throws -> Outcome {
        let script = "head -c 1000000 /dev/zero > f; (sleep 0.05; echo a) | cat; wc -c < f"
        return try await NativeHost.run(["sh", "-c", script], of: AttackHost.backend)
    }

    @Test(arguments: Attack.all) func anAttackDoesNoHarm(attack: Attack) async throws {
        async let neighbour = runNeighbour()
        let (outcome, _) = try await run(attack)
        #expect(attack.endings.contains(outcome.ending), "\(outcome.ending): \(outcome.stderr.text.prefix(500))")
        if let output = attack.output { #expect(outcome.stdout.text == output) }
        #expect(outcome.peakMemory <= attack.limits.memory + 1 << 20)
        let beside = try await neighbour
        #expect(beside.ending == .exited(0))
        #expect(beside.stdout.text == "a\n1000000\n")
        // Loosely, because the machine may be busy with more than this: it needs a tenth of a second.
        #expect(beside.cpuTime < .seconds(1) && beside.wallTime < .seconds(5))
    }
}
