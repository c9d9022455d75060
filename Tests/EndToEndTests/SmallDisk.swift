import Foundation
import Testing

/// A disk of its own for tests that fill it; in memory.
struct SmallDisk: Sendable {
    let path: String
    private var ballast: String { path + "/ballast" }

    init(at path: String, megabytes: Int) async throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let mounting = try await ChildProcess.run([
            "mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "assay-test", path,
        ])
        try #require(mounting.status == 0, "\(mounting.errors)")
    }

    /// Leaves no room.
    func fill() throws {
        let descriptor = open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let zeros = [UInt8](repeating: 0, count: 1 << 16)
        while write(descriptor, zeros, zeros.count) > 0 {}
    }

    func clear() throws { try FileManager.default.removeItem(atPath: ballast) }

    func unmount() async { _ = try? await ChildProcess.run(["umount", "--lazy", path]) }
}
