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

    /// Requests that are answered in a row while others wait.
    private static let requestsPerTurn = 32

    var configuration: ServerConfiguration { context.configuration }

    init(descriptor: Int32, peer: PeerAddress, loop: EventLoop, context: ServerContext, tls: TLSSession?) {
        self.descriptor = descriptor
        self.peer = peer
        self.loop = loop
        self.context = context
        transport = Transport(descriptor: descriptor, tls: tls)
        input = Mutex(Input(limits: HeadParser.Limits(context.configuration)))
    }

    /// Serves until either side has enough. The descriptor is closed when this returns.
    func serve() async {
        var served = 0
        var isOpen = await handshake()
        while isOpen {
            var head: RequestHead?
            do throws(RequestFault) {
                head = try await readHead(isFirst: served == 0)
                guard let head else { break }
                served += 1
                // Whoever sends faster than it is answered would never let go of the thread.
                if served % Self.requestsPerTurn == 0 { await Task.yield() }
                isOpen = try await exchange(head, isLast: served >= configuration.maximumRequestsPerConnection)
            } catch {
                await refuse(error, head)
                isOpen = false
            }
            if !isOpen { await linger() }
        }
        close()
    }

    /// Answers one request. Returns whether the connection goes on.
    private func exchange(_ head: RequestHead, isLast: Bool) async throws(RequestFault) -> Bool {
        let start = context.isObserved ? Instant.now : .never
        let policy = try beginBody(of: head)
        var request = makeRequest(head)
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
        let keepsConnection = head.keepsConnection && !isLast && isRead && !context.drain.isDraining
        let isOpen = await write(response, to: head, requestID: request.id, keepsConnection: keepsConnection)
        if context.isObserved { report(request, response, since: start) }
        return isOpen
    }

    private func makeRequest(_ head: RequestHead) -> Request {
        let trace = head.headers["traceparent"].flatMap { TraceContext($0) }
        var request = Request(
            method: head.method, path: head.target.path, query: head.target.query, headers: head.headers,
            remoteAddress: peer.text, id: trace?.traceID ?? context.requestIDs.next())
        request.trace = trace
        request.drain = context.drain
        if let tls = transport.tls {
            request.isSecure = true
            if configuration.tls?.clientAuthoritiesFile != nil { request.clientSubject = tls.clientSubject }
        }
        if let forwarded = ForwardedFor(head.headers, from: peer, trusting: configuration.trustedProxies) {
            request.remoteAddress = forwarded.client
            request.isSecure = forwarded.isSecure ?? request.isSecure
        }
        return request
    }

    /// The server's own answer to a request that no handler sees; the connection ends with it, because where the next
    /// request would begin is not known.
    private func refuse(_ fault: RequestFault, _ head: RequestHead?) async {
        let known = head.map { makeRequest($0) }
        let request =
            known ?? Request(method: "-", path: "-", remoteAddress: peer.text, id: context.requestIDs.next())
        let response = context.responder.response(to: fault, of: known)
        let start = Instant.now
        _ = await write(response, to: head, requestID: request.id, keepsConnection: false)
        if context.isObserved { report(request, response, since: start) }
    }

    private func report(_ request: Request, _ response: Response, since start: Instant) {
        context.report(
            Exchange(
                method: request.method, path: request.path, route: response.route, status: response.status,
                duration: Instant.now.since(start), requestBytes: request.body.count,
                remoteAddress: request.remoteAddress, requestID: request.id, trace: request.trace,
                isComplete: !readiness.isAborted))
    }

    /// Begins TLS, where the connection has it. Returns whether the client may go on.
    private func handshake() async -> Bool {
        guard let tls = transport.tls else { return true }
        let deadline = Instant.now + configuration.handshakeTimeout
        while true {
            switch tls.handshake() {
            case .finished:
                readiness.remainReadable()
                return true
            case .failed: return false
            case .wantsToRead:
                guard await readiness.readable(by: deadline, isIdle: true, on: loop) == .ready else { return false }
            case .wantsToWrite:
                readiness.exhaustWriting()
                guard tls.handshake() == .wantsToWrite else { continue }
                guard await readiness.writable(by: deadline, on: loop) == .ready else { return false }
            }
        }
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
        input.withLock { $0.close() }
        output.withLock { $0.close() }
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
