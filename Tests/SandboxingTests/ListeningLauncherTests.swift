import Core
import Glibc
import Sandboxing
import Testing

/// The launcher as its own service, for one user.
@Suite(.enabled("the launcher needs root") { NativeHost.isPrivileged })
struct ListeningLauncherTests {
    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        var template = Array("/tmp/assay-listen-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        chmod(directory, 0o755)
        defer { rmdir(directory) }
        try await body(directory)
    }

    private func backend(_ socket: String) -> NativeBackend {
        NativeBackend(
            NativeConfiguration(
                launcherSocket: socket, poolSize: 1, maximumSandboxes: 4, userIDBase: 0x7500_0000,
                cgroup: "assay-listen"))
    }

    @Test func itStartsALauncherAgainAndEndsWithItsService() async throws {
        try await withDirectory { directory in
            let socket = directory + "/launcher.sock"
            var listener: ListeningLauncher? = try ListeningLauncher(socketPath: socket, userID: 0)
            let pid = try #require(listener?.processID)
            let backend = backend(socket)
            #expect(try await NativeHost.run(["echo", "1"], of: backend).stdout.text == "1\n")
            let first = try await backend.launcherProcessID()
            #expect(first != pid)
            kill(first, SIGKILL)
            #expect(try await eventually { kill(first, 0) != 0 })
            var again = try? await NativeHost.run(["echo", "2"], of: backend)
            // The service may not have noticed yet.
            if again == nil { again = try await NativeHost.run(["echo", "2"], of: backend) }
            #expect(again?.stdout.text == "2\n")
            #expect(try await backend.launcherProcessID() != first)
            await backend.shutdown()
            listener = nil
            #expect(try await eventually { waitpid(pid, nil, WNOHANG) == pid || kill(pid, 0) != 0 })
            #expect(access(socket, F_OK) != 0)
        }
    }

    @Test func nobodyButItsUserIsHeard() async throws {
        try await withDirectory { directory in
            let socket = directory + "/launcher.sock"
            let listener = try ListeningLauncher(socketPath: socket, userID: 65534)
            var status = stat()
            #expect(stat(socket, &status) == 0)
            #expect(status.st_uid == 65534 && status.st_mode & 0o777 == 0o600)
            // Root may open the socket, and is still not its user.
            await #expect(throws: SandboxError.self) { try await NativeHost.run(["true"], of: backend(socket)) }
            _ = listener
        }
    }
}
