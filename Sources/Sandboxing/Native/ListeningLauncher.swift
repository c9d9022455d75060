import CSandbox
import Glibc

/// A launcher that keeps root's privilege for a service that gives it up. It is started while the service is still root;
/// afterwards the service connects as the user it became, as often as it must. It ends with the service.
package final class ListeningLauncher: Sendable {
    package let socketPath: String
    package let processID: Int32
    /// While this is open, the listener lives.
    private let life: Descriptor

    /// Starts the launcher at `path` (beside the running program if `nil`); it listens at `socketPath`, in a directory
    /// that only root may write to and that the user `userID` may pass.
    package init(path: String? = nil, socketPath: String, userID: UInt32) throws(SandboxError) {
        guard let path = path ?? HostPaths.programDirectory().map({ $0 + "/assay-launcher" }) else {
            throw .unavailable(backend: .native, reason: "the launcher's path is unknown")
        }
        var ends: [Int32] = [-1, -1]
        guard assay_pipe(&ends) else { throw .setupFailed(step: "pipe", errno: errno) }
        let theirs = Descriptor(ends[0])
        life = Descriptor(ends[1])
        self.socketPath = socketPath
        unlink(socketPath)
        var pid: pid_t = 0
        let error = assay_spawn_listener(path, socketPath, userID, theirs.number, &pid)
        guard error == 0 else { throw .setupFailed(step: "start \(path)", errno: error) }
        processID = pid
        try waitUntilItListens()
    }

    /// Lets it live on when this process executes another program, and end with that.
    package func outlive() throws(SandboxError) {
        guard fcntl(life.number, F_SETFD, 0) == 0 else { throw .setupFailed(step: "keep launcher", errno: errno) }
    }

    private func waitUntilItListens() throws(SandboxError) {
        for _ in 0..<Self.startAttempts {
            if access(socketPath, F_OK) == 0 { return }
            var status: Int32 = 0
            if waitpid(processID, &status, WNOHANG) == processID { break }
            usleep(1000)
        }
        throw .unavailable(backend: .native, reason: "the launcher does not listen at \(socketPath)")
    }

    /// How often to look for its socket, a millisecond apart.
    private static let startAttempts = 5000
}
