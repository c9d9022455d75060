import CLinux
import Glibc
import Synchronization

/// One client's connection. Its task reads requests one after the other, has each answered, and writes the answers in
/// order.
final class Connection: Sendable {
    let descriptor: Int32
    let peer: PeerAddress
    let loop: EventLoop
    let context: ServerContext
    let transport: Transport
    let readiness = Readiness()
    let input: Mutex<Input>
    let output = Mutex(Output())

    var configuration: ServerConfiguration { context.configuration }

    init(descriptor: Int32, peer: PeerAddress, loop: EventLoop, context: ServerContext) {
        self.descriptor = descriptor
        self.peer = peer
        self.loop = loop
        self.context = context
        transport = Transport(descriptor: descriptor)
        input = Mutex(Input(limits: HeadParser.Limits(context.configuration)))
    }

    /// Serves until either side has enough. The descriptor is closed when this returns.
    func serve() async {
        var served = 0
        var isOpen = true
        while isOpen {
            do throws(RequestFault) {
                guard let head = try await readHead(isFirst: served == 0) else { break }
                served += 1
                isOpen = try await exchange(head, isLast: served >= configuration.maximumRequestsPerConnection)
            } catch {
                await refuse(error)
                isOpen = false
            }
            if !isOpen { await linger() }
        }
        close()
    }

    /// Answers one request. Returns whether the connection goes on.
    private func exchange(_ head: RequestHead, isLast: Bool) async throws(RequestFault) -> Bool {
        let policy = try beginBody(of: head)
        var request = Request(
            method: head.method, path: head.target.path, query: head.target.query, headers: head.headers,
            remoteAddress: peer.text, id: context.requestIDs.next())
        request.drain = context.drain
        let stream: ConnectionBody?
        if policy.isStreamed {
            stream = ConnectionBody(self, limit: policy.limit, expectsContinue: head.expectsContinue)
            request.bodyStream = stream?.stream
        } else {
            stream = nil
            guard let body = try await readBody(of: head, limit: policy.limit) else { return false }
            request.body = body
        }
        let response = await context.responder.respond(to: request)
        if let fault = stream?.end() { throw fault }
        // Of a body that the handler left unread, the next request's beginning is not known.
        let isRead = stream == nil || input.withLock { $0.isBodyFinished }
        let keepsConnection = head.keepsConnection && !isLast && isRead && !readiness.isDraining
        return await write(response, to: head, keepsConnection: keepsConnection)
    }

    /// The server's own answer to a request that no handler sees; the connection ends with it, because where the next
    /// request would begin is not known.
    private func refuse(_ fault: RequestFault) async {
        _ = await write(context.responder.response(to: fault), to: nil, keepsConnection: false)
    }

    /// Lets the client read the last answer. Closing with unread bytes resets the connection, and a reset may overtake
    /// the answer.
    private func linger() async {
        guard !readiness.isAborted else { return }
        transport.finishSending()
        let deadline = Instant.now + configuration.lingerTimeout
        var dropped = 0
        while dropped <= configuration.maximumDrainedBytes {
            dropped += input.withLock { $0.dropAll() }
            guard await receive(by: deadline, isIdle: true) == .received else { return }
        }
    }

    private func close() {
        loop.remove(self)
        readiness.abort()
        Glibc.close(descriptor)
    }
}

extension HeadParser.Limits {
    init(_ configuration: ServerConfiguration) {
        self.init(
            requestLine: configuration.maximumRequestLine, headerBytes: configuration.maximumHeaderBytes,
            headerCount: configuration.maximumHeaderCount)
    }
}
