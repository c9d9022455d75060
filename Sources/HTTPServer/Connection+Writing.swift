extension Connection {
    /// Sends a response; `head` is `nil` when the request was not understood. Returns whether the connection goes on.
    func write(
        _ response: Response, to head: RequestHead?, requestID: String, keepsConnection: Bool
    ) async -> Bool {
        var response = response
        if configuration.sendsRequestID { response.headers["X-Request-Id"] = requestID }
        let asksToClose = response.headers["Connection"]?.equalsIgnoringCase("close") ?? false
        let keepsConnection = keepsConnection && !asksToClose
        let isHead = head?.method == .head
        switch response.body {
        case .empty: return await write(response, [], head, isHead: isHead, keepsConnection)
        case .bytes(let bytes): return await write(response, bytes, head, isHead: isHead, keepsConnection)
        case .stream(let body): return await stream(response, body, head, isHead: isHead, keepsConnection)
        }
    }

    private func write(
        _ response: Response, _ bytes: [UInt8], _ head: RequestHead?, isHead: Bool, _ keepsConnection: Bool
    ) async -> Bool {
        let isEmpty = response.status.forbidsContent
        writeHead(response, isEmpty ? .none : .length(bytes.count), head, keepsConnection)
        if !isHead, !isEmpty, !bytes.isEmpty { output.withLock { $0.append(bytes) } }
        // The answers to requests that came in one packet leave in one.
        if keepsConnection, input.withLock({ !$0.isEmpty }), output.withLock({ !$0.isLarge }) {
            loop.flushLater(self)
            return true
        }
        return await flush() && keepsConnection
    }

    private func stream(
        _ response: Response, _ body: @Sendable (any BodyWriter) async throws -> Void, _ head: RequestHead?,
        isHead: Bool, _ keepsConnection: Bool
    ) async -> Bool {
        let length = response.headers["Content-Length"].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
        let framing: ResponseHead.Framing =
            if response.status.forbidsContent {
                .none
            } else if let length {
                .length(length)
            } else {
                head?.isVersion10 == true ? .close : .chunked
            }
        let keepsConnection = keepsConnection && framing != .close
        writeHead(response, framing, head, keepsConnection)
        guard !isHead, framing != .none else { return await flush() && keepsConnection }
        // A stream may take its time before its first byte.
        guard await flush() else { return false }
        let writer = ResponseWriter(self, framing)
        do {
            try await body(writer)
            try await writer.finish()
            return keepsConnection
        } catch {
            // The client can only be told by an end in the middle.
            readiness.abort()
            return false
        }
    }

    private func writeHead(
        _ response: Response, _ framing: ResponseHead.Framing, _ head: RequestHead?, _ keepsConnection: Bool
    ) {
        let responseHead = ResponseHead(
            status: response.status, headers: response.headers, framing: framing, keepsConnection: keepsConnection,
            isVersion10: head?.isVersion10 ?? false, serverName: configuration.serverName)
        output.withLock { output in output.append { responseHead.write(to: &$0) } }
    }

    /// Sends everything that waits, as fast as the client takes it. Returns whether it went.
    func flush() async -> Bool {
        var isRetry = false
        var start: (time: Instant, sent: Int)?
        while true {
            let (result, sent) = output.withLock { output in
                (output.send(over: transport), output.sent)
            }
            switch result {
            case .bytes: return true
            case .wouldBlock: break
            case .ended, .failed:
                readiness.abort()
                return false
            }
            // Room that appears between the attempt and the wait must not be missed: forget, try again, then wait.
            if !isRetry {
                readiness.exhaustWriting()
                isRetry = true
                continue
            }
            let since = start ?? (time: .now, sent: sent)
            start = since
            let grant = Duration.seconds((sent - since.sent) / max(1, configuration.minimumRate))
            guard
                await readiness.writable(by: since.time + configuration.writeTimeout + grant, on: loop) == .ready
            else {
                readiness.abort()
                return false
            }
            isRetry = false
        }
    }

    /// Sends what the kernel takes at once.
    func flushNow() {
        _ = output.withLock { $0.send(over: transport) }
    }
}
