import Core
import Glibc
import Sandboxing
import Testing

@Suite(.enabled("the launcher needs root") { NativeHost.isPrivileged })
struct NativeSandboxTests {
    @Test func filesGoInAndComeOut() async throws {
        let big = [UInt8]((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0) })
        let files = [
            try SourceFile(path: RelativePath("a.txt"), text: "hello"),
            try SourceFile(path: RelativePath("deep/er/b"), contents: big, isExecutable: true),
            try SourceFile(path: RelativePath("empty"), contents: []),
        ]
        let limits = Limits.default
        try await withSandbox(of: NativeHost.backend, SandboxConfiguration(limits: limits)) { sandbox in
            try await sandbox.write(FileBundle(files))
            let outcome = try await sandbox.run(
                Command(
                    arguments: ["sh", "-c", "cp a.txt copy; test -x deep/er/b && stat -c %U:%a a.txt"], limits: limits))
            #expect(outcome.stdout.text == "student:644\n")
            let collected = try await sandbox.collect(bytes: 8 << 20, files: 10)
            #expect(Set(collected.files) == Set(files + [try SourceFile(path: RelativePath("copy"), text: "hello")]))
        }
    }

    @Test func oneBundleGoesIntoManySandboxes() async throws {
        let bundle = FileBundle([try SourceFile(path: RelativePath("a"), text: "x")])
        for _ in 0..<5 {
            try await withSandbox(of: NativeHost.backend, SandboxConfiguration(limits: .default)) { sandbox in
                try await sandbox.write(bundle)
                let outcome = try await sandbox.run(Command(arguments: ["cat", "a"], limits: .default))
                #expect(outcome.stdout.text == "x")
            }
        }
    }

    @Test func whatIsCollectedIsLimited() async throws {
        try await withSandbox(of: NativeHost.backend, SandboxConfiguration(limits: .default)) { sandbox in
            _ = try await sandbox.run(
                Command(
                    arguments: ["sh", "-c", "head -c 100 /dev/zero > a; head -c 100 /dev/zero > b"], limits: .default))
            #expect(try await sandbox.collect(bytes: 200, files: 2).files.count == 2)
            await #expect(throws: SandboxError.tooLarge(limit: 199)) { try await sandbox.collect(bytes: 199, files: 2) }
            await #expect(throws: SandboxError.self) { try await sandbox.collect(bytes: 200, files: 1) }
        }
    }

    @Test func filesThatDoNotFitAreRefused() async throws {
        let limits = NativeHost.limits { $0.workSize = 1 << 20 }
        let big = FileBundle([try SourceFile(path: RelativePath("a"), contents: [UInt8](repeating: 1, count: 2 << 20))])
        try await withSandbox(of: NativeHost.backend, SandboxConfiguration(limits: limits)) { sandbox in
            await #expect(throws: SandboxError.tooLarge(limit: 1 << 20)) { try await sandbox.write(big) }
        }
    }

    @Test func aSandboxRunsSeveralCommandsOneAfterTheOther() async throws {
        try await withSandbox(of: NativeHost.backend, SandboxConfiguration(limits: .default)) { sandbox in
            let first = try await sandbox.run(
                Command(arguments: ["sh", "-c", "echo 1 > kept; (sleep 100 &) ; echo a"], limits: .default))
            #expect(first.stdout.text == "a\n")
            let second = try await sandbox.run(
                Command(arguments: ["sh", "-c", "cat kept; cat /proc/[0-9]*/comm | grep -c sleep"], limits: .default))
            #expect(second.stdout.text == "1\n0\n")
            let limits = NativeHost.limits { $0.wallTime = .milliseconds(100) }
            let third = try await sandbox.run(Command(arguments: ["sleep", "50"], limits: limits))
            #expect(third.ending == .overWallTime)
            let fourth = try await sandbox.run(Command(arguments: ["echo", "4"], limits: .default))
            #expect(fourth.stdout.text == "4\n")
        }
    }

    @Test func cancellingEndsTheProgram() async throws {
        let run = Task { try await NativeHost.shell("sleep 60") }
        try await Task.sleep(for: .milliseconds(300))
        run.cancel()
        let outcome = try await run.value
        #expect(outcome.ending == .cancelled)
        #expect(outcome.wallTime < .seconds(5))
    }

    @Test func aTaskThatIsCancelledAlreadyRunsNothingForLong() async throws {
        let run = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await NativeHost.shell("sleep 60")
        }
        run.cancel()
        #expect(try await run.value.ending == .cancelled)
    }

    @Test func aDestroyedSandboxAnswersNobody() async throws {
        let sandbox = try await NativeHost.backend.makeSandbox(SandboxConfiguration(limits: .default))
        await sandbox.destroy()
        await #expect(throws: SandboxError.self) {
            try await sandbox.run(Command(arguments: ["true"], limits: .default))
        }
    }

    @Test func thereIsNoNetwork() async throws {
        let outcome = try await NativeHost.python(
            """
            import socket
            for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK, socket.AF_PACKET, socket.AF_VSOCK, 38):
                try:
                    socket.socket(family, socket.SOCK_STREAM)
                    print("open", family)
                except OSError as error:
                    print(error.errno)
            """)
        #expect(outcome.stdout.text == String(repeating: "97\n", count: 6))
        let egress = SandboxConfiguration(limits: .default, network: .egress(EgressRules(allow: [])))
        await #expect(throws: SandboxError.cannotEnforce("network mode egress")) {
            try await NativeHost.backend.makeSandbox(egress)
        }
    }

    @Test func loopbackReachesItselfAndNothingElse() async throws {
        // A real server of this host, which the sandbox must not find at the same address.
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(server) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard bind(server, pointer, size) == 0, listen(server, 8) == 0 else { return UInt16(0) }
                return getsockname(server, pointer, &size) == 0
                    ? pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_port.bigEndian } : 0
            }
        }
        try #require(port != 0)
        let program = """
            import errno, socket
            for family, host in ((socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1')):
                server = socket.create_server((host, 0), family=family)
                client = socket.create_connection(server.getsockname()[:2], timeout=2)
                client.send(b'hi')
                print(server.accept()[0].recv(2).decode())
            for target in (('127.0.0.1', \(port)), ('169.254.169.254', 80), ('1.1.1.1', 53), ('10.0.0.1', 80)):
                try: socket.create_connection(target, timeout=1); print('connected')
                except OSError as error: print(errno.errorcode.get(error.errno))
            for family in (socket.AF_NETLINK, socket.AF_PACKET, socket.AF_VSOCK):
                try: socket.socket(family, socket.SOCK_RAW); print('open')
                except OSError: print('no')
            try: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); print('open')
            except OSError: print('no')
            """
        let configuration = SandboxConfiguration(limits: .default, network: .loopback)
        try await withSandbox(of: NativeHost.backend, configuration) { sandbox in
            let outcome = try await sandbox.run(
                Command(arguments: ["/usr/bin/python3", "-c", program], limits: .default))
            let lines = "hi\nhi\nECONNREFUSED\nENETUNREACH\nENETUNREACH\nENETUNREACH\nno\nno\nno\nno\n"
            #expect(outcome.stdout.text == lines, "\(outcome.stderr.text)")
        }
    }

    @Test func manyRunAtTheSameTime() async throws {
        try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for number in 0..<40 {
                group.addTask { (number, try await NativeHost.shell("cat", stdin: "\(number)").stdout.text) }
            }
            for try await (number, text) in group { #expect(text == "\(number)") }
        }
    }

    @Test(arguments: [
        ["/usr/bin/python3", "--version"], ["gcc", "--version"], ["g++", "--version"], ["java", "-version"],
        ["javac", "-version"], ["node", "--version"],
    ])
    func toolchainsOfTheHostWork(command: [String]) async throws {
        let outcome = try await NativeHost.run(command, limits: Language.compileLimits)
        #expect(outcome.ending == .exited(0), "\(outcome.stderr.text)")
    }

    @Test func javaCompilesAndRuns() async throws {
        let limits = NativeHost.limits { $0 = Language.compileLimits }
        let source = try SourceFile(
            path: RelativePath("Main.java"),
            text: "public class Main { public static void main(String[] a) { System.out.println(6 * 7); } }")
        try await withSandbox(of: NativeHost.backend, SandboxConfiguration(limits: limits)) { sandbox in
            try await sandbox.write(FileBundle([source]))
            let compiled = try await sandbox.run(Command(arguments: ["javac", "Main.java"], limits: limits))
            #expect(compiled.ending == .exited(0), "\(compiled.stderr.text)")
            let run = try await sandbox.run(Command(arguments: ["java", "Main"], limits: limits))
            #expect(run.stdout.text == "42\n", "\(run.stderr.text)")
        }
    }
}
