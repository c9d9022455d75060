import Core
import Foundation
import Sandboxing
import Testing

/// Programs whose root is a directory.
@Suite(.enabled("the launcher needs root") { NativeHost.isPrivileged })
struct ImageTests {
    private func withImage(_ body: (SandboxImage, NativeBackend) async throws -> Void) async throws {
        let busybox = try BusyboxImage()
        defer { busybox.remove() }
        let backend = NativeBackend(
            NativeConfiguration(poolSize: 1, maximumSandboxes: 8, userIDBase: 0x7600_0000, cgroup: "assay-images"))
        do { try await body(busybox.image, backend) } catch {
            await backend.shutdown()
            throw error
        }
        await backend.shutdown()
    }

    private func run(_ script: String, _ image: SandboxImage, of backend: NativeBackend) async throws -> Outcome {
        let limits = NativeHost.limits { $0.wallTime = .seconds(10) }
        let configuration = SandboxConfiguration(limits: limits, image: image)
        return try await withSandbox(of: backend, configuration) { sandbox in
            try await sandbox.write(FileBundle([SourceFile(path: try RelativePath("own"), text: "mine\n")]))
            return try await sandbox.run(Command(arguments: ["sh", "-c", script], limits: limits))
        }
    }

    @Test func aProgramFindsTheImageAsItsRoot() async throws {
        try await withImage { image, backend in
            let outcome = try await run("cat /etc/release /opt/f own; ls /bin/gcc /usr; id -un", image, of: backend)
            #expect(outcome.stdout.text == "of the image\n1\nmine\nstudent\n")
            #expect(try await run("ls /work", image, of: backend).stdout.text == "own\n")
            // The host's root is another sandbox's.
            #expect(try await run("test -e /etc/release || ls -d /usr", .host, of: backend).stdout.text == "/usr\n")
        }
    }

    @Test func anImageCannotBeChangedAndItsPlaceIsNotShown() async throws {
        try await withImage { image, backend in
            let script = """
                touch /opt/new || touch /new || touch /etc/new || touch /bin/new
                grep -c assay-image /proc/self/mountinfo
                """
            let outcome = try await run(script, image, of: backend)
            #expect(outcome.stdout.text == "0\n")
        }
    }

    @Test func eachImageHasALauncherAndItsSandboxesAreLimited() async throws {
        try await withImage { image, backend in
            _ = try await run("echo", image, of: backend)
            _ = try await run("echo", .host, of: backend)
            let (first, second) = (
                try await backend.launcherProcessID(), try await backend.launcherProcessID(image: image)
            )
            #expect(first != second)
            let limits = NativeHost.limits { $0.wallTime = .milliseconds(300) }
            let outcome = try await withSandbox(of: backend, SandboxConfiguration(limits: limits, image: image)) {
                try await $0.run(Command(arguments: ["sleep", "60"], limits: limits))
            }
            #expect(outcome.ending == .overWallTime)
        }
    }

    @Test func aDirectoryThatIsNotThereIsAnErrorThatSaysSo() async throws {
        try await withImage { _, backend in
            await #expect(throws: SandboxError.self) {
                try await run("echo", .directory("/nonexistent/image"), of: backend)
            }
            // The others go on.
            let outcome = try await run("echo 1", .host, of: backend)
            #expect(outcome.stdout.text == "1\n")
        }
    }
}
