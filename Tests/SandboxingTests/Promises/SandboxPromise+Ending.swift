import Core
import Sandboxing
import Testing

extension SandboxPromise {
    static let ending = [
        SandboxPromise("cancelling ends the program, and what it wrote is kept") { host in
            let limits = host.limits()
            try await host.sandbox(limits) { sandbox in
                let run = Task {
                    try await sandbox.run(Command(arguments: ["sh", "-c", "echo started; sleep 100"], limits: limits))
                }
                try await Task.sleep(for: .milliseconds(300) * host.slowness)
                run.cancel()
                let outcome = try await run.value
                #expect(outcome.ending == .cancelled)
                #expect(outcome.stdout.text == "started\n")
            }
        },
        SandboxPromise("the run ends when its first process does, whatever it left running") { host in
            let outcome = try await host.shell(
                "(setsid sh -c 'sleep 100; echo late' &) ; (sleep 100 &) ; echo done; exit 4")
            #expect(outcome.ending == .exited(4))
            #expect(outcome.stdout.text == "done\n")
            #expect(outcome.wallTime < .seconds(50))
        },
        SandboxPromise("a fork bomb is contained", if: \.processes) { host in
            let outcome = try await host.shell("f() { f | f & }; f; while :; do :; done") {
                $0.cpuTime = .milliseconds(500)
                $0.wallTime = .seconds(3)
                $0.processes = 30
            }
            // A shell that cannot fork gives up by itself.
            #expect([.overCPUTime, .overWallTime, .exited(2)].contains(outcome.ending), "\(outcome.ending)")
            let after = try await host.shell("echo well")
            #expect(after.stdout.text == "well\n")
        } otherwise: { _ in
        },
        SandboxPromise("a destroyed sandbox answers nobody") { host in
            let sandbox = try await host.backend.makeSandbox(SandboxConfiguration(limits: host.limits()))
            await sandbox.destroy()
            await #expect(throws: SandboxError.self) {
                try await sandbox.run(Command(arguments: ["true"], limits: host.limits()))
            }
        },
        SandboxPromise("several sandboxes work at the same time") { host in
            try await withThrowingTaskGroup(of: (Int, String).self) { group in
                for number in 0..<4 {
                    group.addTask { (number, try await host.shell("cat", stdin: "\(number)").stdout.text) }
                }
                for try await (number, text) in group { #expect(text == "\(number)") }
            }
        },
    ]
}
