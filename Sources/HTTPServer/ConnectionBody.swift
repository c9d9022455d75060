import Synchronization

/// The body of one request of a connection, read by its handler.
final class ConnectionBody: Sendable {
    private struct State {
        var received = 0
        var start: Instant?
        var isReading = false
        var isOver = false
        var fault: RequestFault?
    }

    private let connection: Connection
    private let limit: Int
    private let expectsContinue: Bool
    private let state = Mutex(State())

    init(_ connection: Connection, limit: Int, expectsContinue: Bool) {
        self.connection = connection
        self.limit = limit
        self.expectsContinue = expectsContinue
    }

    var stream: BodyStream { BodyStream { [self] limit in try await next(upTo: limit) } }

    /// Ends reading. Returns why it failed, if it did.
    func end() -> RequestFault? {
        state.withLock { state in
            state.isOver = true
            return state.fault
        }
    }

    private func next(upTo size: Int) async throws -> [UInt8]? {
        let isFirst = try state.withLock { state in
            if let fault = state.fault { throw fault }
            // A handler that kept the stream for later, or reads in two tasks, would read another request's bytes.
            guard !state.isOver, !state.isReading else { throw StreamError.finished }
            state.isReading = true
            defer { state.start = state.start ?? .now }
            return state.start == nil
        }
        defer { state.withLock { $0.isReading = false } }
        if isFirst, expectsContinue { await connection.sendContinue() }
        do throws(RequestFault) {
            return try await read(upTo: size)
        } catch {
            state.withLock { $0.fault = error }
            throw error
        }
    }

    private func read(upTo size: Int) async throws(RequestFault) -> [UInt8]? {
        while true {
            var piece: [UInt8] = []
            let isFinished = try connection.input.withLock { input throws(RequestFault) in
                try input.takeBody(into: &piece, limit: size)
                return input.isBodyFinished
            }
            let (received, start) = state.withLock { state in
                state.received += piece.count
                return (state.received, state.start ?? .now)
            }
            guard received <= limit else { throw .bodyTooLarge }
            if !piece.isEmpty { return piece }
            if isFinished { return nil }
            let configuration = connection.configuration
            let grant = Duration.seconds(received / max(1, configuration.minimumRate))
            switch await connection.receive(by: start + configuration.bodyTimeout + grant, isIdle: false) {
            case .received: continue
            case .closed: throw .clientLeft
            case .timedOut: throw .tooSlow
            }
        }
    }
}
