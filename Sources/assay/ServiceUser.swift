import Foundation
import Glibc
import Sandboxing

/// The ordinary user that a service becomes after a launcher took over root's part.
struct ServiceUser {
    let name: String
    let userID: UInt32
    let groupID: UInt32

    /// Looks up `name`. Only root can become another user, and root is no ordinary one.
    init(named name: String) throws {
        guard let entry = getpwnam(name) else {
            throw ConfigurationError(source: "--user", detail: "there is no user named '\(name)'")
        }
        (self.name, userID, groupID) = (name, entry.pointee.pw_uid, entry.pointee.pw_gid)
        guard userID != 0 else {
            throw ConfigurationError(source: "--user", detail: "\(name) is root; name an ordinary user")
        }
        guard geteuid() == 0 else {
            throw ConfigurationError(
                source: "--user",
                detail: "only root can become \(name); started as \(name), give the socket of a launcher that runs as "
                    + "root (launcher-socket)")
        }
    }

    /// Starts the launcher as root, hands the data directory over, gives up root, and begins this program anew as the
    /// user: the thread that entered `main` would stay root's, because no call reaches it any more. The listener ends with
    /// the process. Does not return.
    func begin(_ configuration: Configuration) throws -> Never {
        let directory = configuration.sandboxDirectory
        // Only root may write to it, or somebody could put a socket of his own there.
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        let listener = try ListeningLauncher(socketPath: "\(directory)/launcher-\(getpid())", userID: userID)
        try handOver(configuration.data)
        let program = Installation.executablePath
        try listener.outlive()
        try Privilege.drop(userID: userID, groupID: groupID)
        var arguments: [UnsafeMutablePointer<CChar>?] =
            (Self.withoutUser(CommandLine.arguments)
            + ["--set", "launcher-socket=\(listener.socketPath)"]).map { strdup($0) }
        arguments.append(nil)
        // Threads of the runtime block signals, and the new program would begin so.
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        execv(program, arguments)
        throw ConfigurationError(source: "--user", detail: "\(program): \(String(cString: strerror(errno)))")
    }

    /// The command line without `--user NAME` or `--user=NAME`.
    static func withoutUser(_ arguments: [String]) -> [String] {
        var kept: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--user" {
                _ = rest.popFirst()
            } else if !argument.hasPrefix("--user=") {
                kept.append(argument)
            }
        }
        return kept
    }

    /// Makes the data directory if it is not there, and gives it to the user if it is root's and empty. Files of an
    /// earlier service that ran as root are not given away silently.
    private func handOver(_ data: String) throws {
        var status = stat()
        try FileManager.default.createDirectory(
            atPath: data, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        guard lstat(data, &status) == 0, status.st_uid != userID else { return }
        guard status.st_uid == 0, try FileManager.default.contentsOfDirectory(atPath: data).isEmpty else {
            throw ConfigurationError(
                source: "data", detail: "\(data) belongs to another user: chown -R \(name) \(data)")
        }
        guard lchown(data, userID, groupID) == 0 else {
            throw ConfigurationError(source: "data", detail: "\(data): \(String(cString: strerror(errno)))")
        }
    }
}
