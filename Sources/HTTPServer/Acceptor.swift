import CLinux
import Glibc
import Logging
import Synchronization

/// Takes clients from a listening socket and deals them out to the loops.
final class Acceptor: Sendable {
    private let listener: Listener
    private let home: EventLoop
    private let loops: [EventLoop]
    private let context: ServerContext
    private let isSecure: Bool
    private let next = Atomic<Int>(0)
    /// Whether it was told already that there is nothing to accept with.
    private let isShort = Atomic<Bool>(false)

    /// Clients taken at one time, so that the requests of others are not kept waiting.
    private static let clientsPerTurn = 64
    /// How long to wait for a free descriptor before the next attempt.
    private static let pauseWithoutDescriptors: Duration = .milliseconds(50)

    /// `isSecure` says that clients speak TLS here.
    init(_ listener: Listener, isSecure: Bool, loops: [EventLoop], context: ServerContext) {
        self.listener = listener
        self.isSecure = isSecure
        self.loops = loops
        self.context = context
        home = loops[0]
    }

    func start() { home.listen(listener.descriptor) { [self] in accept() } }
    func stop() { home.unlisten(listener.descriptor) }

    private func accept() {
        for _ in 0..<Self.clientsPerTurn {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let descriptor = withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    linux_accept(listener.descriptor, $0, &length)
                }
            }
            if descriptor >= 0 {
                isShort.store(false, ordering: .relaxed)
                welcome(descriptor, PeerAddress(storage))
                continue
            }
            switch -descriptor {
            case EAGAIN: return
            // Nothing is left to accept with. The clients wait in the kernel's queue; asking again at once would only
            // burn time, and turning them away would help nobody.
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                rest(errno: -descriptor)
                return
            // The client left before it was taken, or the network says so: the next one is another matter.
            default: continue
            }
        }
    }

    private func rest(errno code: Int32) {
        if !isShort.exchange(true, ordering: .relaxed) {
            context.logger.error(
                "Cannot accept connections for now", metadata: ["reason": "\(String(cString: strerror(code)))"])
        }
        home.pause(listener: listener.descriptor)
        // Ends after its pause; resuming a listener that is closed has no effect.
        Task(executorPreference: home) { [self] in
            try? await Task.sleep(for: Self.pauseWithoutDescriptors)
            home.resume(listener: listener.descriptor)
        }
    }

    private func welcome(_ descriptor: Int32, _ peer: PeerAddress) {
        guard context.tally.admit(peer, context.configuration) else {
            turnAway(descriptor)
            return
        }
        if peer.group != nil {
            var one: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        }
        let loop = loops[next.wrappingAdd(1, ordering: .relaxed).oldValue % loops.count]
        let tls = isSecure ? context.tls.withLock { $0 }?.makeSession(descriptor: descriptor) : nil
        let connection = Connection(descriptor: descriptor, peer: peer, loop: loop, context: context, tls: tls)
        guard tls != nil || !isSecure, loop.add(connection) else {
            close(descriptor)
            context.tally.release(peer)
            return
        }
        // The connection's own task: it outlives this call as the connection does. The server waits for all of them
        // before it stops the loops.
        let task = Task(executorPreference: loop) { [context] in
            await connection.serve()
            context.tally.release(peer)
        }
        connection.readiness.onAbort { task.cancel() }
    }

    /// Says why, if the kernel takes it at once, and closes.
    private func turnAway(_ descriptor: Int32) {
        defer { close(descriptor) }
        // A handshake would cost more than the answer is worth.
        guard !isSecure else { return }
        let response = context.responder.response(to: .tooManyConnections, of: nil)
        var bytes: [UInt8] = []
        var body: [UInt8] = []
        if case .bytes(let content) = response.body { body = content }
        var headers = response.headers
        headers["Retry-After"] = "1"
        ResponseHead(
            status: response.status, headers: headers, framing: .length(body.count), keepsConnection: false,
            isVersion10: false, serverName: context.configuration.serverName
        ).write(to: &bytes)
        bytes += body
        _ = bytes.withUnsafeBytes { Transport(descriptor: descriptor).send($0, hasMore: false) }
    }
}
