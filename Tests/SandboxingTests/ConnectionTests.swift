import Core
import Glibc
import Sandboxing
import Testing

@Suite(.enabled("the launcher needs root") { NativeHost.isPrivileged })
struct ConnectionTests {
    private func run(_ script: String, _ connections: Connections, stdin: String = "") async throws -> Outcome {
        try await withSandbox(of: NativeHost.backend, SandboxConfiguration(limits: .default)) { sandbox in
            try await sandbox.run(
                Command(
                    arguments: ["/usr/bin/python3", "-c", script], stdin: Array(stdin.utf8), connections: connections,
                    limits: NativeHost.limits { $0.wallTime = .seconds(5) }))
        }
    }

    @Test func twoProgramsTalkOverCrossedPipes() async throws {
        let (there, back) = (try Descriptor.pipe(), try Descriptor.pipe())
        let asker = """
            import sys
            total = 0
            for i in range(100):
                print(i, flush=True)
                total += int(input())
            print(total, file=sys.stderr)
            """
        let answerer = "import sys\nfor line in sys.stdin: print(2 * int(line), flush=True)"
        async let first = run(asker, Connections(stdin: back.reading, stdout: there.writing))
        async let second = run(answerer, Connections(stdin: there.reading, stdout: back.writing))
        let (one, other) = (try await first, try await second)
        #expect(one.ending == .exited(0))
        #expect(one.stderr.text == "9900\n")
        // It ends because the first program's end closes its input: nobody else holds the pipe open.
        #expect(other.ending == .exited(0))
        #expect(one.stdout.bytes.isEmpty)
    }

    @Test func theControlSocketIsDescriptorThree() async throws {
        let (ours, theirs) = try Descriptor.socketPair()
        let script = """
            import os, socket
            control = socket.socket(fileno=3)
            control.send(b'ask')
            print(control.recv(100).decode(), sorted(os.listdir('/proc/self/fd'))[:4])
            """
        async let outcome = run(script, Connections(control: theirs))
        let asked = await Task.detached {
            var buffer = [UInt8](repeating: 0, count: 100)
            let size = recv(ours.number, &buffer, 100, 0)
            return Array(buffer[..<max(0, size)])
        }.value
        #expect(asked == Array("ask".utf8))
        #expect(send(ours.number, "told", 4, 0) == 4)
        #expect(try await outcome.stdout.text == "told ['0', '1', '2', '3']\n")
    }

    @Test func anEndThatIsNoPipeIsRefused() async throws {
        let (ours, theirs) = try Descriptor.socketPair()
        let pipe = try Descriptor.pipe()
        await #expect(throws: SandboxError.self) { try await run("", Connections(stdout: theirs)) }
        await #expect(throws: SandboxError.self) { try await run("", Connections(stdout: pipe.reading)) }
        await #expect(throws: SandboxError.self) { try await run("", Connections(stdin: pipe.writing)) }
        await #expect(throws: SandboxError.self) {
            try await run("", Connections(control: try Descriptor.pipe().reading))
        }
        let directory = Descriptor(open("/tmp", O_RDONLY | O_CLOEXEC))
        await #expect(throws: SandboxError.self) { try await run("", Connections(stdin: directory)) }
        _ = ours
    }
}
