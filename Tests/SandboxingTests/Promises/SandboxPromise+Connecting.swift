import Core
import Foundation
import Glibc
import Sandboxing
import Testing

extension SandboxPromise {
    static let connecting = [
        SandboxPromise("two programs talk over crossed pipes", if: \.connections) { host in
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
            async let first = host.connected(asker, Connections(stdin: back.reading, stdout: there.writing))
            async let second = host.connected(answerer, Connections(stdin: there.reading, stdout: back.writing))
            let (one, other) = (try await first, try await second)
            #expect(one.ending == .exited(0))
            #expect(one.stderr.text == "9900\n")
            // It ends because the first program's end closes its input: nobody else holds the pipe open.
            #expect(other.ending == .exited(0))
            #expect(one.stdout.bytes.isEmpty)
        } otherwise: { host in
            let pipe = try Descriptor.pipe()
            await #expect(throws: SandboxError.cannotEnforce("connections of a program to others")) {
                try await host.connected("", Connections(stdout: pipe.writing))
            }
        },
        SandboxPromise("which of two programs was the first to end is told", if: \.connections) { host in
            let limits = host.limits { $0.wallTime = .seconds(10) }
            let configuration = SandboxConfiguration(limits: limits)
            @Sendable func ending(of script: String, in sandbox: any Sandbox, _ connections: Connections) async throws
                -> Ending
            {
                let arguments = ["/bin/sh", "-c", script]
                return try await sandbox.run(
                    Command(arguments: arguments, connections: connections, limits: limits)
                ).ending
            }
            // The one that reads ends because the other has. Nothing can be written to what shows it.
            let leaves = (script: "(echo x >&3) 2>/dev/null && exit 9; exit 3", ending: Ending.exited(3))
            let follows = (script: "read line; exit 4", ending: Ending.exited(4))
            try await withSandbox(of: host.backend, configuration) { one in
                try await withSandbox(of: host.backend, configuration) { other in
                    for isReversed in [false, true] {
                        let (first, second) = isReversed ? (follows, leaves) : (leaves, follows)
                        for _ in 0..<10 {
                            let order = try EndOrder()
                            let (there, back) = (try Descriptor.pipe(), try Descriptor.pipe())
                            async let firstEnding = ending(
                                of: first.script, in: one,
                                Connections(stdin: back.reading, stdout: there.writing, control: order.held.first))
                            async let secondEnding = ending(
                                of: second.script, in: other,
                                Connections(stdin: there.reading, stdout: back.writing, control: order.held.second))
                            #expect(try await firstEnding == first.ending)
                            #expect(try await secondEnding == second.ending)
                            #expect(order.isReversed == isReversed)
                        }
                    }
                }
            }
        } otherwise: { host in
            await #expect(throws: SandboxError.cannotEnforce("connections of a program to others")) {
                try await host.connected("", Connections(control: try EndOrder().held.first))
            }
        },
        SandboxPromise("a grader has its control socket as descriptor three", if: \.connections) { host in
            let (ours, theirs) = try Descriptor.socketPair()
            let script = """
                import os, socket
                control = socket.socket(fileno=3)
                control.send(b'ask')
                print(control.recv(100).decode(), sorted(os.listdir('/proc/self/fd'))[:4])
                """
            async let outcome = host.connected(script, Connections(control: theirs))
            let asked = await Task.detached {
                var buffer = [UInt8](repeating: 0, count: 100)
                let size = recv(ours.number, &buffer, 100, 0)
                return Array(buffer[..<max(0, size)])
            }.value
            #expect(asked == Array("ask".utf8))
            #expect(send(ours.number, "told", 4, 0) == 4)
            #expect(try await outcome.stdout.text == "told ['0', '1', '2', '3']\n")
        } otherwise: { host in
            let (_, theirs) = try Descriptor.socketPair()
            await #expect(throws: SandboxError.cannotEnforce("connections of a program to others")) {
                try await host.connected("", Connections(control: theirs))
            }
        },
        SandboxPromise("an end that is no pipe is refused", if: \.connections) { host in
            let (ours, theirs) = try Descriptor.socketPair()
            let pipe = try Descriptor.pipe()
            await #expect(throws: SandboxError.self) { try await host.connected("", Connections(stdout: theirs)) }
            await #expect(throws: SandboxError.self) { try await host.connected("", Connections(stdout: pipe.reading)) }
            await #expect(throws: SandboxError.self) { try await host.connected("", Connections(stdin: pipe.writing)) }
            await #expect(throws: SandboxError.self) {
                try await host.connected("", Connections(control: try Descriptor.pipe().reading))
            }
            let directory = Descriptor(open("/tmp", O_RDONLY | O_CLOEXEC))
            await #expect(throws: SandboxError.self) { try await host.connected("", Connections(stdin: directory)) }
            _ = ours
        } otherwise: { _ in
        },
        SandboxPromise("the loopback mode reaches itself and nothing else") { host in
            guard try await host.report.capabilities.networkModes.contains("loopback") else {
                await #expect(throws: SandboxError.cannotEnforce("network mode loopback")) {
                    try await host.backend.makeSandbox(SandboxConfiguration(limits: .default, network: .loopback))
                }
                return
            }
            let limits = host.limits()
            let script = """
                import socket
                listener = socket.create_server(("127.0.0.1", 0))
                client = socket.create_connection(listener.getsockname())
                served, _ = listener.accept()
                served.sendall(b"self")
                print(client.recv(10).decode())
                client = socket.socket()
                client.settimeout(2)
                try: client.connect(("192.0.2.1", 80)); print("reached")
                except OSError: pass
                """
            let configuration = SandboxConfiguration(limits: limits, network: .loopback)
            let outcome = try await withSandbox(of: host.backend, configuration) { sandbox in
                try await sandbox.run(Command(arguments: ["/usr/bin/python3", "-c", script], limits: limits))
            }
            #expect(outcome.stdout.text == "self\n", "\(outcome.stderr.text)")
        },
        SandboxPromise("a directory can be the root", if: \.images) { host in
            let directory = "/tmp/assay-root-\(UUID())"
            let files = FileManager.default
            defer { try? files.removeItem(atPath: directory) }
            for path in ["bin", "etc", "proc", "opt"] {
                try files.createDirectory(atPath: "\(directory)/\(path)", withIntermediateDirectories: true)
            }
            try files.copyItem(atPath: "/bin/busybox", toPath: directory + "/bin/busybox")
            for name in ["sh", "cat", "id", "touch"] {
                try files.createSymbolicLink(atPath: "\(directory)/bin/\(name)", withDestinationPath: "busybox")
            }
            for (path, text) in [("etc/release", "of the image\n"), ("etc/passwd", "x:x:1:1::/:/bin/sh\n")] {
                try text.write(toFile: "\(directory)/\(path)", atomically: true, encoding: .utf8)
            }
            let limits = host.limits()
            let script =
                "cat /etc/release; id -un; cat own; touch /opt/new /etc/new 2>/dev/null; test -e /usr/bin/env && echo host"
            for storage in try await host.report.storages where storage.isAvailable {
                let configuration = SandboxConfiguration(
                    limits: limits, image: .directory(directory), storage: StorageStrategy(rawValue: storage.name))
                let outcome = try await withSandbox(of: host.backend, configuration) { sandbox in
                    try await sandbox.write(FileBundle([SourceFile(path: try RelativePath("own"), text: "mine\n")]))
                    return try await sandbox.run(Command(arguments: ["sh", "-c", script], limits: limits))
                }
                #expect(
                    outcome.stdout.text == "of the image\nstudent\nmine\n", "\(storage.name): \(outcome.stderr.text)")
            }
            #expect(!files.fileExists(atPath: directory + "/opt/new"))
        } otherwise: { host in
            await #expect(throws: SandboxError.cannotEnforce("image dir:/srv/image")) {
                try await host.backend.makeSandbox(
                    SandboxConfiguration(limits: .default, image: .directory("/srv/image")))
            }
        },
    ]
}

extension SandboxHost {
    /// Runs a Python script with descriptors of ours.
    fileprivate func connected(_ script: String, _ connections: Connections) async throws -> Outcome {
        let limits = limits { $0.wallTime = .seconds(10) }
        return try await withSandbox(of: backend, SandboxConfiguration(limits: limits)) { sandbox in
            try await sandbox.run(
                Command(arguments: ["/usr/bin/python3", "-c", script], connections: connections, limits: limits))
        }
    }
}
