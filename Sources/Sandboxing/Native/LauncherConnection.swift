import CSandbox
import Glibc
import Synchronization

/// The socket to a launcher that was started. Requests are sent by whoever makes them, without waiting; replies are
/// read by a thread of this connection's own, because a thread of the cooperative pool must not block.
final class LauncherConnection: Sendable {
    private typealias Waiter = CheckedContinuation<Result<LauncherReply, SandboxError>, Never>

    private struct State {
        var waiters: [UInt64: Waiter] = [:]
        var nextTag: UInt64 = 1
        /// Messages that the socket had no room for.
        var outbox: [LauncherMessage] = []
        var lossReason: String?
        var closers: [CheckedContinuation<Void, Never>] = []
        var onRemoval: (@Sendable (Duration) -> Void)?
    }

    private let socket: Descriptor
    /// Wakes the thread when the outbox has something for it.
    private let wake: Wake
    /// The launcher, if it is our child.
    private let child: pid_t?
    private let state = Mutex(State())

    /// Starts the launcher at `path`. `onLoss` is called once, from the connection's thread, when it is gone.
    convenience init(startingLauncherAt path: String, onLoss: @escaping @Sendable () -> Void) throws(SandboxError) {
        var sockets: [Int32] = [-1, -1]
        guard assay_socket_pair(&sockets) else { throw .setupFailed(step: "socket pair", errno: errno) }
        let (ours, theirs) = (Descriptor(sockets[0]), Descriptor(sockets[1]))
        var pid: pid_t = 0
        let error = assay_spawn_launcher(path, theirs.number, &pid)
        guard error == 0 else { throw .setupFailed(step: "start \(path)", errno: error) }
        try self.init(socket: ours, child: pid, onLoss: onLoss)
    }

    /// Connects to the listener at `path`, which starts a launcher for us.
    convenience init(
        connectingTo path: String, onLoss: @escaping @Sendable () -> Void
    ) throws(SandboxError) {
        let number = assay_connect(path)
        guard number >= 0 else { throw .setupFailed(step: "connect to \(path)", errno: errno) }
        try self.init(socket: Descriptor(number), child: nil, onLoss: onLoss)
    }

    private init(
        socket: Descriptor, child: pid_t?, onLoss: @escaping @Sendable () -> Void
    ) throws(SandboxError) {
        wake = try Wake()
        self.socket = socket
        self.child = child
        startThread { self.readReplies(onLoss: onLoss) }
    }

    /// Why the launcher is gone; `nil` while it is there.
    var lossReason: String? { state.withLock { $0.lossReason } }

    /// A tag for a request that shall be named before it is sent.
    func makeTag() -> UInt64 {
        state.withLock { state in
            state.nextTag += 1
            return state.nextTag
        }
    }

    /// Sends a request and waits for its reply.
    func request(_ message: LauncherMessage) async throws(SandboxError) -> LauncherReply {
        let result = await withCheckedContinuation { (waiter: Waiter) in
            let loss: String? = state.withLock { state in
                if let reason = state.lossReason { return reason }
                state.waiters[message.tag] = waiter
                transmit(message, &state)
                return nil
            }
            if let loss { waiter.resume(returning: .failure(.lost(loss))) }
        }
        return try result.get()
    }

    /// Sends a message that is not answered.
    func send(_ message: LauncherMessage) {
        state.withLock { state in
            if state.lossReason == nil { transmit(message, &state) }
        }
    }

    /// Calls `body`, on the thread of this connection, each time that a sandbox is gone, with the time that took.
    func onRemoval(_ body: @escaping @Sendable (Duration) -> Void) { state.withLock { $0.onRemoval = body } }

    /// Ends the launcher, which ends every sandbox first, and waits until it is gone.
    func close() async {
        shutdown(socket.number, Int32(SHUT_RDWR))
        await withCheckedContinuation { (waiter: CheckedContinuation<Void, Never>) in
            let isLost = state.withLock { state in
                if state.lossReason == nil { state.closers.append(waiter) }
                return state.lossReason != nil
            }
            if isLost { waiter.resume() }
        }
    }

    private func transmit(_ message: LauncherMessage, _ state: inout State) {
        if state.outbox.isEmpty, transmit(message) { return }
        state.outbox.append(message)
        wake.ring()
    }

    /// False if the socket has no room. A launcher that is gone is noticed by the thread, so its error is no matter.
    private func transmit(_ message: LauncherMessage) -> Bool {
        let sent = message.bytes.withUnsafeBytes {
            assay_send(
                socket.number, $0.baseAddress, $0.count, message.descriptors.map(\.number),
                UInt32(message.descriptors.count))
        }
        let isDone = sent || errno != EAGAIN
        if isDone { message.handedOver.closeAll() }
        return isDone
    }

    private func flushOutbox() -> Bool {
        state.withLock { state in
            while let message = state.outbox.first, transmit(message) { state.outbox.removeFirst() }
            return state.outbox.isEmpty
        }
    }

    private func readReplies(onLoss: () -> Void) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(ASSAY_MESSAGE_MAX), alignment: 16)
        defer { buffer.deallocate() }
        var isFlushed = true
        while true {
            let writable = isFlushed ? Int16(0) : Int16(POLLOUT)
            var polled = [
                pollfd(fd: socket.number, events: Int16(POLLIN) | writable, revents: 0),
                wake.polled,
            ]
            guard poll(&polled, 2, -1) > 0 else { continue }
            if polled[1].revents != 0 { wake.clear() }
            isFlushed = flushOutbox()
            guard polled[0].revents & ~Int16(POLLOUT) != 0 else { continue }
            guard let reply = receive(buffer) else { break }
            if reply.header.kind == UInt32(ASSAY_REMOVED) {
                let removed = try? reply.body(ASSAY_REMOVED, as: assay_removed.self)
                if let removed { state.withLock { $0.onRemoval }?(.nanoseconds(Int64(removed.took_ns))) }
                continue
            }
            let waiter = state.withLock { $0.waiters.removeValue(forKey: reply.header.tag) }
            waiter?.resume(returning: .success(reply))
        }
        loseLauncher()
        onLoss()
    }

    private func receive(_ buffer: UnsafeMutableRawBufferPointer) -> LauncherReply? {
        var numbers = [Int32](repeating: -1, count: Int(ASSAY_RECEIVED_DESCRIPTORS_MAX))
        let size = assay_receive(socket.number, buffer.baseAddress, buffer.count, &numbers)
        let descriptors = numbers.filter { $0 >= 0 }.map(Descriptor.init)
        guard size > 0 else { return nil }
        return LauncherReply(bytes: Array(buffer[..<size]), descriptors: descriptors)
    }

    private func loseLauncher() {
        // The socket is closed: it is dead, or removes its sandboxes and ends.
        var status: Int32 = 0
        if let child { while waitpid(child, &status, 0) < 0, errno == EINTR {} }
        let reason = "the launcher ended (status \(status))"
        let (waiters, closers) = state.withLock { state in
            state.lossReason = reason
            state.outbox = []
            defer { (state.waiters, state.closers) = ([:], []) }
            return (state.waiters, state.closers)
        }
        for closer in closers { closer.resume() }
        for waiter in waiters.values { waiter.resume(returning: .failure(.lost(reason))) }
    }
}
