import Core
import Sandboxing
import Testing

extension SandboxPromise {
    static let running = [
        SandboxPromise("a program ends by its exit status, and both its streams are kept") { host in
            let outcome = try await host.shell("echo out; echo err >&2; exit 3")
            #expect(outcome.ending == .exited(3))
            #expect(outcome.stdout == CapturedOutput(bytes: Array("out\n".utf8)))
            #expect(outcome.stderr.text == "err\n")
        },
        SandboxPromise("each stage is timed") { host in
            let stages = try await host.shell("sleep 0.05").stages
            #expect(stages.create > .zero && stages.launch >= .zero && stages.stop >= .zero)
            // What the host's clock leaves beside what the guest's counted.
            if !host.hasHastyClock { #expect(stages.launch > .zero) }
            #expect(stages.execute >= .milliseconds(40))
        },
        SandboxPromise("a program ends by a signal") { host in
            for signal in [6, 9, 11, 15] as [Int32] {
                let outcome = try await host.shell("kill -\(signal) $$")
                #expect(outcome.ending == .signalled(signal))
            }
        },
        SandboxPromise("a program that is missing is said to be") { host in
            let outcome = try await host.run(["no-such-program"])
            #expect(outcome.ending == .exited(127))
            #expect(outcome.stderr.text.contains("no-such-program"))
        },
        SandboxPromise("standard input is given whole, and ends") { host in
            let script = "cat | wc -c; cat | wc -c"
            let outcome = try await host.shell(script, stdin: String(repeating: "line\n", count: 40_000))
            #expect(outcome.stdout.text == "200000\n0\n")
            let none = try await host.shell(script)
            #expect(none.stdout.text == "0\n0\n")
        },
        SandboxPromise("the standard streams have names") { host in
            let outcome = try await host.shell(
                "cat < /dev/stdin; echo x > /dev/stdout; echo y > /dev/stderr", stdin: "in")
            #expect(outcome.stdout.text == "inx\n", "\(outcome.stderr.text)")
            #expect(outcome.stderr.text == "y\n")
        },
        SandboxPromise("the environment is what was asked for only") { host in
            let outcome = try await host.run(
                ["/usr/bin/env"], environment: ["A": "1", "B": "two words\nand a line", "C": ""])
            #expect(outcome.stdout.text == "A=1\nB=two words\nand a line\nC=\n")
        },
        SandboxPromise("arguments arrive as they are") { host in
            let arguments = ["", "a b", "\n", "\\", "'\"$(id)`id`", "ä€"]
            let outcome = try await host.run(
                ["/usr/bin/python3", "-c", "import sys; print(sys.argv[1:])"] + arguments)
            #expect(outcome.stdout.text == "['', 'a b', '\\n', '\\\\', '\\'\"$(id)`id`', 'ä€']\n")
        },
        SandboxPromise("a command that no sandbox can take is refused") { host in
            await #expect(throws: SandboxError.self) { try await host.run([]) }
            await #expect(throws: SandboxError.self) { try await host.run(["echo", "a\0b"]) }
            await #expect(throws: SandboxError.self) {
                try await host.run(["echo", String(repeating: "a", count: 97 << 10)])
            }
        },
        SandboxPromise("a sandbox runs several commands one after the other") { host in
            let limits = host.limits()
            try await host.sandbox(limits) { sandbox in
                let first = try await sandbox.run(
                    Command(arguments: ["sh", "-c", "echo 1 > kept; (sleep 100 &) ; echo a"], limits: limits))
                #expect(first.stdout.text == "a\n")
                let second = try await sandbox.run(
                    Command(arguments: ["sh", "-c", "cat kept; pgrep sleep || echo none"], limits: limits))
                #expect(second.stdout.text == "1\nnone\n", "\(second.stderr.text)")
                let short = host.limits { $0.wallTime = .milliseconds(300) }
                let third = try await sandbox.run(Command(arguments: ["sleep", "100"], limits: short))
                #expect(third.ending == .overWallTime)
                let fourth = try await sandbox.run(Command(arguments: ["echo", "4"], limits: limits))
                #expect(fourth.stdout.text == "4\n")
            }
        },
    ]
}
