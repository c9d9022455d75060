import Dispatch
import Glibc
import Synchronization

/// The directory of one sandbox on the host, and what is named after it: its cgroup, its container. The name says which
/// process made it, so that another can tell whether it was left behind.
struct SandboxPlace: Sendable {
    let name: String
    let path: String

    /// The directory is shown to the guest as `/.assay`, with the guest's program and its cgroup in it.
    static let shownPath = "/.assay"

    var shared: String { path + "/shared" }
    var socketPath: String { shared + "/socket" }
    var logPath: String { path + "/log" }

    init(name: String, in directory: String) {
        self.name = name
        path = "\(directory)/\(name)"
    }

    /// Makes the directory of the `number`-th sandbox of a backend of this process.
    static func make(_ prefix: String, number: Int, in directory: String) throws(SandboxError) -> SandboxPlace {
        let place = ours(prefix, number: number, in: directory)
        try HostFile.makeDirectories(place.path, mode: 0o711)
        for name in [""] + (ControlGroups.controllers + [""]).map({ "/cgroup/" + $0 }) {
            try HostFile.makeDirectories(place.shared + name)
        }
        try HostFile.create(place.shared + "/init")
        return place
    }

    /// A place of this process that nothing was made of yet.
    static func ours(_ prefix: String, number: Int = 0, in directory: String) -> SandboxPlace {
        let pid = getpid()
        return SandboxPlace(name: "\(prefix)-\(pid)-\(startTime(of: pid))-\(number)", in: directory)
    }

    /// Whether the process that made the place named so is still there.
    static func isOwned(_ name: String) -> Bool {
        let parts = name.split(separator: "-")
        guard parts.count >= 4, let pid = pid_t(parts[parts.count - 3]), let start = UInt64(parts[parts.count - 2])
        else {
            return false
        }
        return startTime(of: pid) == start
    }

    /// When a process started, in the kernel's ticks; 0 if there is none. Two processes of the same number differ in it.
    private static func startTime(of pid: pid_t) -> UInt64 {
        // The second field may hold anything: fields are counted from its closing parenthesis.
        let fields = HostFile.text("/proc/\(pid)/stat").split(separator: ")").last?.split(separator: " ") ?? []
        return fields.count > 19 ? UInt64(fields[19]) ?? 0 : 0
    }

    /// Removes its directory, and what is mounted there.
    func remove() {
        MountTable.detach(below: path)
        HostFile.removeTree(path)
    }

    /// The last lines that the sandbox's technology wrote, on one line: the reason why something did not start.
    var lastWords: String {
        let lines = HostFile.text(logPath).split(separator: "\n").suffix(3)
        return lines.isEmpty ? "it said nothing" : lines.joined(separator: "; ")
    }

    /// A file for what the technology writes.
    func makeLog() throws(SandboxError) -> Descriptor {
        let file = open(logPath, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .setupFailed(step: "create \(logPath)", errno: errno) }
        return Descriptor(file)
    }
}

/// The socket at which a guest is awaited. One connection is taken, then the socket is gone.
final class GuestListener: Sendable {
    private let socket: Descriptor
    private let path: String

    init(at path: String) throws(SandboxError) {
        self.path = path
        unlink(path)
        let number = Glibc.socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard number >= 0 else { throw .setupFailed(step: "socket", errno: errno) }
        socket = Descriptor(number)
        let bound = withUnixAddress(path) { bind(number, $0, $1) }
        guard bound == 0, listen(number, 1) == 0 else { throw .setupFailed(step: "listen at \(path)", errno: errno) }
    }

    deinit { unlink(path) }

    /// Waits for the guest. `failure` returns when it cannot come any more, with the reason.
    func accept(
        within limit: Duration, unless failure: @escaping @Sendable () async -> String
    ) async throws(SandboxError) -> Descriptor {
        let once = Once<Result<Descriptor, SandboxError>>()
        let source = DispatchSource.makeReadSource(fileDescriptor: socket.number)
        source.setEventHandler { [socket] in
            let number = accept4(socket.number)
            if number >= 0 { once.resolve(.success(Descriptor(number))) }
        }
        // A source must not lose its descriptor before it is cancelled.
        source.setCancelHandler { [socket] in _ = socket }
        source.resume()
        let watch = Task { once.resolve(.failure(.lost(await failure()))) }
        let timer = Task {
            try? await Task.sleep(for: limit)
            once.resolve(.failure(.lost("the guest did not answer within \(limit)")))
        }
        let result = await once.value
        source.cancel()
        watch.cancel()
        timer.cancel()
        unlink(path)
        return try result.get()
    }
}

private func accept4(_ listener: Int32) -> Int32 {
    let number = accept(listener, nil, nil)
    if number >= 0 { _ = fcntl(number, F_SETFD, FD_CLOEXEC) }
    return number
}

/// Calls `body` with the address of a Unix socket.
func withUnixAddress<Result>(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    setText(path, in: &address.sun_path)
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}

/// A value that several may offer; the first counts.
final class Once<Value: Sendable>: Sendable {
    private enum State {
        case empty
        case waiting(CheckedContinuation<Value, Never>)
        case resolved(Value)
        case taken
    }

    private let state = Mutex(State.empty)

    func resolve(_ value: Value) {
        let waiter: CheckedContinuation<Value, Never>? = state.withLock { state in
            switch state {
            case .empty: state = .resolved(value)
            case .waiting(let waiter):
                state = .taken
                return waiter
            case .resolved, .taken: break
            }
            return nil
        }
        waiter?.resume(returning: value)
    }

    /// May be asked for once.
    var value: Value {
        get async {
            await withCheckedContinuation { waiter in
                let value: Value? = state.withLock { state in
                    if case .resolved(let value) = state {
                        state = .taken
                        return value
                    }
                    state = .waiting(waiter)
                    return nil
                }
                if let value { waiter.resume(returning: value) }
            }
        }
    }
}
