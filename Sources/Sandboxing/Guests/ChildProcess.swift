import CLinux
import CSandbox
import Dispatch
import Glibc
import Synchronization

/// A program of the host that the service started. It inherits three streams and nothing else, and lives in a session
/// of its own. Its end is noticed through its pidfd, so no thread waits for it.
final class ChildProcess: Sendable {
    enum Status: Sendable, Hashable {
        case exited(Int32)
        case signalled(Int32)
    }

    private struct State {
        var status: Status?
        var waiters: [CheckedContinuation<Status, Never>] = []
    }

    let pid: pid_t
    private let pidfd: Descriptor
    private let state = Mutex(State())

    /// Starts the program at `arguments[0]`, a full path. `output` takes both of its output streams; `nil` throws them
    /// away.
    static func spawn(
        _ arguments: [String], environment: [String: String] = ChildProcess.environment, input: Descriptor? = nil,
        output: Descriptor? = nil
    ) throws(SandboxError) -> ChildProcess {
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0 else { throw .setupFailed(step: "open /dev/null", errno: errno) }
        let nowhere = Descriptor(null)
        let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        var pid: pid_t = 0
        let error = withCStrings(arguments) { arguments in
            withCStrings(variables) { variables in
                assay_spawn(
                    arguments, variables, (input ?? nowhere).number, (output ?? nowhere).number, &pid)
            }
        }
        guard error == 0 else { throw .setupFailed(step: "start \(arguments[0])", errno: error) }
        let pidfd = linux_pidfd_open(pid)
        guard pidfd >= 0 else {
            Glibc.kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            throw .setupFailed(step: "pidfd_open", errno: -pidfd)
        }
        return ChildProcess(pid: pid, pidfd: Descriptor(pidfd))
    }

    /// What programs of the host find in their environment.
    static let environment = [
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8",
    ]

    private init(pid: pid_t, pidfd: Descriptor) {
        self.pid = pid
        self.pidfd = pidfd
        let source = DispatchSource.makeReadSource(fileDescriptor: pidfd.number)
        // The source keeps this object alive until the program ended.
        source.setEventHandler {
            var status: Int32 = 0
            guard waitpid(pid, &status, Int32(WNOHANG)) == pid else { return }
            source.cancel()
            self.finish(status & 0x7f == 0 ? .exited(status >> 8 & 0xff) : .signalled(status & 0x7f))
        }
        source.resume()
    }

    var status: Status? { state.withLock { $0.status } }

    /// Waits until it ended.
    @discardableResult
    func wait() async -> Status {
        await withCheckedContinuation { waiter in
            let status = state.withLock { state in
                if state.status == nil { state.waiters.append(waiter) }
                return state.status
            }
            if let status { waiter.resume(returning: status) }
        }
    }

    /// Waits at most `limit`; `nil` if it is still there.
    func wait(atMost limit: Duration) async -> Status? {
        let end = ContinuousClock.now + limit
        var pause = Duration.milliseconds(1)
        while status == nil, ContinuousClock.now < end {
            try? await Task.sleep(for: pause)
            if Task.isCancelled { await Task.detached { try? await Task.sleep(for: .milliseconds(5)) }.value }
            pause = min(pause * 2, .milliseconds(20))
        }
        return status
    }

    func kill(_ signal: Int32 = SIGKILL) { _ = linux_pidfd_send_signal(pidfd.number, signal) }

    private func finish(_ status: Status) {
        let waiters = state.withLock { state in
            state.status = status
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: status) }
    }
}

extension ChildProcess {
    /// Runs a program to its end and returns its output, both streams together. Longer than `limit` it is killed.
    static func output(
        of arguments: [String], input: Descriptor? = nil, limit: Duration = .seconds(20)
    ) async throws(SandboxError) -> (status: Status, text: String) {
        let file = try Descriptor.memoryFile("output")
        let process = try spawn(arguments, input: input, output: file)
        var status = await process.wait(atMost: limit)
        if status == nil {
            process.kill()
            status = await process.wait()
        }
        let bytes = try file.contents(min(file.size, 1 << 20))
        return (status!, String(decoding: bytes, as: UTF8.self))
    }

    /// The full path of a program, looked for where programs of the system are.
    static func find(_ name: String) -> String? {
        if name.contains("/") { return access(name, X_OK) == 0 ? name : nil }
        return environment["PATH"]!.split(separator: ":").lazy.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }
}

private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return body(&pointers)
}
