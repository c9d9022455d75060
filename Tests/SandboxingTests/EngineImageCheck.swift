// The engines' own names of their fields:
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import Core
import Foundation
import Testing

@testable import Sandboxing

/// Programs in an engine find an image of ours as their root. The engine has a copy, until the image is forgotten.
struct EngineImageCheck {
    let engine: EngineUnderTest

    func verify() async throws {
        let busybox = try BusyboxImage()
        defer { busybox.remove() }
        let host = engine.host
        let backend = host.backend
        #expect(await backend.probe().capabilities.images)
        let limits = Limits.default
        func run(_ script: String) async throws -> Outcome {
            try await withSandbox(of: backend, SandboxConfiguration(limits: limits, image: busybox.image)) { sandbox in
                let files = FileBundle([SourceFile(path: try RelativePath("own"), text: "mine\n")])
                let command = Command(arguments: ["sh", "-c", script], limits: limits)
                return try await sandbox.run(command, with: files, isLast: true)
            }
        }
        let before = try await images()
        let found = try await run("cat /etc/release /opt/f own; ls /bin/gcc /usr; id -un; ls /work")
        #expect(found.stdout.text == "of the image\n1\nmine\nstudent\nown\n", "\(found.stderr.text)")
        let kept = try await run("touch /opt/new || touch /new || touch /etc/new || touch /bin/new || echo kept")
        #expect(kept.stdout.text == "kept\n")
        // The host's root is another image.
        let outside = try await host.shell("test -e /etc/release || ls -d /usr")
        #expect(outside.stdout.text == "/usr\n")
        let made = try await images()
        #expect(made.subtracting(before).count >= 1)
        // Another service finds what this one made.
        let other = engine.host.backend
        _ = try await withSandbox(of: other, SandboxConfiguration(limits: limits, image: busybox.image)) {
            try await $0.run(Command(arguments: ["sh", "-c", "echo"], limits: limits))
        }
        #expect(try await images() == made)
        await other.shutdown()
        #expect(await backend.forget(busybox.image))
        #expect(try await images().count == made.count - 1)
        await backend.shutdown()
    }

    /// What the engine has.
    private func images() async throws -> Set<String> {
        let answer = try await UnixHTTPClient(socketPath: engine.socket).send("GET", "/images/json")
        struct Image: Decodable { var Id: String }
        return Set(try JSONDecoder().decode([Image].self, from: Data(answer.body)).map(\.Id))
    }
}
