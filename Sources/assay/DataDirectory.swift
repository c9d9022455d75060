import Foundation
import Glibc

/// The service's own directory, held by one process at a time.
final class DataDirectory: Sendable {
    let path: String
    private let descriptor: Int32

    /// Makes the directory, readable by its owner only, and locks it. Throws if another process holds it.
    init(path: String) throws {
        self.path = path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        descriptor = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw ConfigurationError(
                source: "data", detail: "\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw ConfigurationError(source: "data", detail: "\(path) is in use by another process")
        }
    }

    /// The lock goes with the process in any case; this is for an orderly end.
    func release() { close(descriptor) }
}
