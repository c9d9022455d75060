import Core
import Foundation
import Sandboxing
import Testing

/// The driver of Firecracker, with a program that stands in for it and boots the machine for real.
@Suite(.enabled("qemu, squashfs-tools or a kernel is missing") { FirecrackerDouble.isPossible }, .serialized)
struct FirecrackerTests {
    @Test func aMachineIsDescribedThenStartedAndRunsAProgramOfTheBlockDevice() async throws {
        let double = try FirecrackerDouble("driver")
        defer { double.remove() }
        let backend = double.backend()
        let report = await backend.probe()
        #expect(report.availability == .available && report.isolation == .virtualMachine)
        #expect(report.version.hasPrefix("1.13.1, Linux "))
        let host = SandboxHost(backend: backend, slowness: 5)
        // Only the block device has this: the initial RAM file system has no programs.
        let outcome = try await host.shell(
            "echo hello; stat --file-system --format %T /usr; test -e /dev/vda || echo none")
        #expect(outcome.stdout.text == "hello\nsquashfs\nnone\n")

        let requests = try #require(try double.requests().values.first).filter { $0.path != "/" }
        #expect(requests.map(\.method) == Array(repeating: "PUT", count: 5))
        #expect(
            requests.map(\.path) == ["/boot-source", "/machine-config", "/drives/programs", "/vsock", "/actions"])
        let boot = requests[0].body
        #expect((boot["boot_args"] as? String)?.hasSuffix(" -- guest machine socket") == true)
        #expect((boot["kernel_image_path"] as? String)?.hasPrefix(GuestHost.directory) == true)
        #expect((boot["initrd_path"] as? String)?.hasSuffix("/root.cpio") == true)
        #expect(requests[1].body == ["vcpu_count": 1, "mem_size_mib": 512])
        let image = try #require(requests[2].body["path_on_host"] as? String)
        #expect(image.hasPrefix(double.directory + "/kernel/programs-"))
        #expect(
            requests[2].body == [
                "drive_id": "programs", "path_on_host": image, "is_root_device": false, "is_read_only": true,
            ])
        #expect(requests[3].body["guest_cid"] as? Int == 3)
        #expect(requests[4].body == ["action_type": "InstanceStart"])

        try await aSecondServiceUsesTheImageAgain(double, image)
        await backend.shutdown()
        #expect(GuestHost.leftovers(of: .firecracker).isEmpty)
    }

    /// The image is made anew only when the programs are other ones.
    private func aSecondServiceUsesTheImageAgain(_ double: FirecrackerDouble, _ image: String) async throws {
        func inode() throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: image)[.systemFileNumber] as? Int
        }
        let before = try inode()
        let second = double.backend()
        #expect(try await SandboxHost(backend: second, slowness: 5).shell("exit 3").ending == .exited(3))
        await second.shutdown()
        #expect(try inode() == before)

        try "new\n".write(toFile: double.directory + "/usr/lib/added", atomically: true, encoding: .utf8)
        let third = double.backend()
        #expect(try await SandboxHost(backend: third, slowness: 5).shell("cat /usr/lib/added").stdout.text == "new\n")
        await third.shutdown()
        #expect(!FileManager.default.fileExists(atPath: image))
    }

    @Test func aMachineThatIsReadyIsUsedOnce() async throws {
        let double = try FirecrackerDouble("pool")
        defer { double.remove() }
        let backend = double.backend(poolSize: 1)
        let host = SandboxHost(backend: backend, slowness: 5)
        _ = try await host.shell("true")
        #expect(try await eventually(within: .seconds(60)) { await backend.readyCount == 1 })
        let outcome = try await host.shell("echo $(($(date +%s) / 1000))")
        #expect(outcome.stdout.text == "\(Int(Date().timeIntervalSince1970) / 1000)\n")
        #expect(outcome.stages.create < .seconds(1), "\(outcome.stages)")
        #expect(try await eventually(within: .seconds(60)) { await backend.readyCount == 1 })
        await backend.shutdown()
        #expect(try double.requests().count == 3)
        #expect(GuestHost.leftovers(of: .firecracker).isEmpty)
    }

    @Test func whatIsMissingIsSaidWithTheRemedy() async throws {
        let double = try FirecrackerDouble("probe")
        defer { double.remove() }
        try "#!/bin/sh\necho Firecracker v1.7.0\n".write(
            toFile: double.directory + "/old", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: double.directory + "/old")
        func backend(_ program: String, _ device: String = "/dev/null", _ kernel: String = "/kernel") -> GuestBackend {
            GuestBackend.firecracker(
                GuestHost.configuration, kernelDirectory: double.directory + kernel, program: program, device: device,
                programs: double.directory + "/usr", logger: GuestHost.logger)
        }
        for (backend, reason, remedy) in [
            (backend("/nowhere/firecracker"), "firecracker is not installed", "use the backend qemu"),
            (backend(double.directory + "/old"), "firecracker's version is '1.7.0'", "1.8 or newer"),
            (
                backend(double.program, "/nowhere/kvm"), "/nowhere/kvm cannot be used: No such file or directory",
                "use the backend qemu"
            ),
            (backend(double.program, "/dev/null", "/nothing"), "there is no kernel", "run Scripts/guest-kernel"),
        ] {
            let availability = await backend.probe().availability
            guard case .unavailable(let said, let advice) = availability else {
                Issue.record("it claims to be available without: \(reason)")
                continue
            }
            #expect(said.hasPrefix(reason) && advice.contains(remedy), "\(said): \(advice)")
            await backend.shutdown()
        }
        let absent = backend("/nowhere/firecracker")
        await #expect(throws: SandboxError.self) {
            try await absent.makeSandbox(SandboxConfiguration(limits: .default))
        }
        await absent.shutdown()
    }

    @Test func aMachineThatCannotStartSaysWhy() async throws {
        let double = try FirecrackerDouble("refusal")
        defer { double.remove() }
        try "#!/bin/sh\necho Firecracker v1.9.0\n[ $1 = --version ] || { echo KVM is busy; exit 1; }\n".write(
            toFile: double.directory + "/failing", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: double.directory + "/failing")
        let backend = GuestBackend.firecracker(
            GuestHost.configuration, kernelDirectory: double.directory + "/kernel",
            program: double.directory + "/failing", device: "/dev/null", programs: double.directory + "/usr",
            logger: GuestHost.logger)
        let error = await #expect(throws: SandboxError.self) {
            try await backend.makeSandbox(SandboxConfiguration(limits: .default))
        }
        #expect("\(error!)".contains("KVM is busy"), "\(error!)")
        await backend.shutdown()
        #expect(GuestHost.leftovers(of: .firecracker).isEmpty)
    }
}
