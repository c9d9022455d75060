// Firecracker's own names of its fields:
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import Foundation
import Glibc

/// The API of one Firecracker process, which is one machine: it is described part by part, then started.
struct FirecrackerAPI: Sendable {
    private let client: UnixHTTPClient

    /// How long an answer may take.
    private static let limit = Duration.seconds(20)

    init(at path: String) { client = UnixHTTPClient(socketPath: path) }

    var path: String { client.socketPath }

    /// Waits until it answers. `isGone` says that it never will.
    func awaitAnswer(within limit: Duration, unless isGone: () -> Bool) async throws(SandboxError) {
        let end = ContinuousClock.now + limit
        while true {
            do {
                _ = try await client.send("GET", "/", limit: Self.limit)
                return
            } catch {
                // Its socket is there a moment before it listens.
                guard case .cannotConnect = error, !isGone(), ContinuousClock.now < end else {
                    throw .lost("Firecracker does not answer: \(error)")
                }
            }
            try? await Task.sleep(for: .milliseconds(2))
        }
    }

    /// What a machine is made of. It has no network interface.
    struct Machine: Sendable {
        var kernel: String
        var archive: String
        var arguments: String
        /// Bytes.
        var memory: Int
        var programs: String
        /// Where Firecracker listens; `…_PORT` is where it connects to for the machine.
        var socket: String
    }

    func start(_ machine: Machine) async throws(SandboxError) {
        try await put(
            "/boot-source",
            BootSource(
                kernel_image_path: machine.kernel, initrd_path: machine.archive, boot_args: machine.arguments))
        try await put("/machine-config", MachineConfig(vcpu_count: 1, mem_size_mib: machine.memory >> 20))
        try await put("/drives/programs", Drive(drive_id: "programs", path_on_host: machine.programs))
        try await put("/vsock", Vsock(uds_path: machine.socket))
        try await put("/actions", Action(action_type: "InstanceStart"))
    }

    private func put(_ path: String, _ value: some Encodable) async throws(SandboxError) {
        guard let body = try? JSONEncoder().encode(value) else { throw .setupFailed(step: "encode", errno: EINVAL) }
        let response: UnixHTTPClient.Response
        do { response = try await client.send("PUT", path, body: .bytes(Array(body)), limit: Self.limit) } catch {
            throw .lost("Firecracker does not answer: \(error)")
        }
        guard response.isSuccess else {
            throw .lost("Firecracker refused \(path): \(response.status) \(response.text)")
        }
    }

    private struct BootSource: Encodable {
        var kernel_image_path: String
        var initrd_path: String
        var boot_args: String
    }

    private struct MachineConfig: Encodable {
        var vcpu_count: Int
        var mem_size_mib: Int
    }

    private struct Drive: Encodable {
        var drive_id: String
        var path_on_host: String
        var is_root_device = false
        var is_read_only = true
    }

    private struct Vsock: Encodable {
        /// The least that is allowed. Each process has machines of its own, so all may have the same.
        var guest_cid = 3
        var uds_path: String
    }

    private struct Action: Encodable {
        var action_type: String
    }
}
