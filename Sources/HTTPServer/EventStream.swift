/// Where a handler sends events.
package struct EventStream: Sendable {
    private let writer: any BodyWriter

    init(_ writer: any BodyWriter) { self.writer = writer }

    /// Throws when the client is gone.
    package func send(_ event: ServerSentEvent) async throws { try await writer.write(event.bytes) }

    /// A line that clients skip, to learn whether they are still there and to keep proxies from timing out.
    func sendHeartbeat() async throws { try await writer.write(Array(":\n\n".utf8)) }
}

extension Response {
    /// An event stream that lasts until `body` returns, the client leaves (`body` is cancelled), or the server drains
    /// (`body` is cancelled, and the client is told to come back after `retry`).
    package static func events(
        for request: Request, heartbeat: Duration = .seconds(15), retry: Duration = .seconds(2),
        _ body: @escaping @Sendable (EventStream) async throws -> Void
    ) -> Response {
        let drain = request.drain
        return Response(
            // Proxies would gather events before they pass them on.
            headers: [
                "Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no",
            ],
            body: .stream { writer in
                let events = EventStream(writer)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await body(events) }
                    group.addTask {
                        while true {
                            try await Task.sleep(for: heartbeat)
                            try await events.sendHeartbeat()
                        }
                    }
                    group.addTask { await drain.wait() }
                    // Whichever ends first ends the stream.
                    do {
                        try await group.next()
                    } catch is CancellationError {}
                    group.cancelAll()
                    if drain.isDraining {
                        try await writer.write(Array("retry: \(retry.wholeNanoseconds / 1_000_000)\n\n".utf8))
                    }
                    try? await group.waitForAll()
                }
            })
    }
}
