extension Connection {
    enum Receipt: Sendable, Hashable {
        case received
        /// The client sends nothing more, or is gone, or the server drains.
        case closed
        case timedOut
    }

    /// Waits for bytes and reads them once.
    func receive(by deadline: Instant, isIdle: Bool) async -> Receipt {
        while true {
            switch await readiness.readable(by: deadline, isIdle: isIdle, on: loop) {
            case .ready: break
            case .timedOut: return .timedOut
            case .aborted, .drained: return .closed
            }
            switch input.withLock({ $0.receive(from: transport) }) {
            case .bytes(_, let mayHaveMore):
                if mayHaveMore { readiness.remainReadable() }
                return .received
            case .wouldBlock: continue
            case .ended, .failed: return .closed
            }
        }
    }

    /// The next request's head; `nil` when there is none to come.
    func readHead(isFirst: Bool) async throws(RequestFault) -> RequestHead? {
        var deadline: Instant?
        var isIdle = true
        while true {
            let (head, isEmpty) = try input.withLock { input throws(RequestFault) in
                (try input.takeHead(), input.isEmpty)
            }
            if let head { return head }
            if isEmpty { input.withLock { $0.shrink() } }
            guard await flush() else { return nil }
            if deadline == nil || isIdle != isEmpty {
                isIdle = isEmpty
                let timeout = isIdle && !isFirst ? configuration.idleTimeout : configuration.headerTimeout
                deadline = .now + timeout
            }
            switch await receive(by: deadline ?? .now, isIdle: isIdle) {
            case .received: continue
            case .closed: return nil
            case .timedOut:
                if isIdle { return nil }
                throw .tooSlow
            }
        }
    }

    /// Makes the input ready for a body. Returns how it is to be read.
    func beginBody(of head: RequestHead) throws(RequestFault) -> BodyPolicy {
        guard head.framing != .none else { return BodyPolicy(limit: 0) }
        var policy = context.responder.bodyPolicy(method: head.method, path: head.target.path)
        policy.limit = min(policy.limit, configuration.maximumBody)
        if case .length(let length) = head.framing, length > policy.limit { throw .bodyTooLarge }
        input.withLock { $0.beginBody(head.framing, trailerLimit: configuration.maximumHeaderBytes) }
        return policy
    }

    /// The whole body; `nil` when the client left before its end.
    func readBody(of head: RequestHead, limit: Int) async throws(RequestFault) -> [UInt8]? {
        guard head.framing != .none else { return [] }
        var body: [UInt8] = []
        if case .length(let length) = head.framing { body.reserveCapacity(min(length, Self.trustedLength)) }
        if head.expectsContinue { await sendContinue() }
        let start = Instant.now
        while try !takeBody(into: &body, limit: limit) {
            let deadline = start + configuration.bodyTimeout + .seconds(body.count / max(1, configuration.minimumRate))
            switch await receive(by: deadline, isIdle: false) {
            case .received: continue
            case .closed: return nil
            case .timedOut: throw .tooSlow
            }
        }
        return body
    }

    /// Moves what is there of the body. Returns whether that was all.
    private func takeBody(into body: inout [UInt8], limit: Int) throws(RequestFault) -> Bool {
        let isFinished = try input.withLock { input throws(RequestFault) in
            // One byte more than allowed shows that there is more.
            try input.takeBody(into: &body, limit: limit == .max ? .max : limit + 1)
            return input.isBodyFinished
        }
        guard body.count <= limit else { throw .bodyTooLarge }
        return isFinished
    }

    /// A length that is only claimed reserves no more than this, in bytes.
    private static var trustedLength: Int { 64 << 10 }

    /// Asks for the body, unless it is on its way already.
    func sendContinue() async {
        guard input.withLock({ $0.isEmpty }) else { return }
        output.withLock { output in output.append { $0.append("HTTP/1.1 100 Continue\r\n\r\n") } }
        _ = await flush()
    }
}
