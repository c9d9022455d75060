import Synchronization

/// Why a streamed body ended early.
package enum StreamError: Error, Sendable, Hashable {
    /// The client left, or takes nothing any more.
    case clientGone
    /// The handler wrote more or fewer bytes than its `Content-Length` says.
    case lengthMismatch
    /// The body was finished before.
    case finished
}

/// Writes a streamed body. May be used by several tasks at one time: each piece goes as a whole.
final class ResponseWriter: BodyWriter {
    private struct State {
        var remaining: Int?
        var isFinished = false
    }

    private let connection: Connection
    private let isChunked: Bool
    private let state: Mutex<State>

    init(_ connection: Connection, _ framing: ResponseHead.Framing) {
        self.connection = connection
        isChunked = framing == .chunked
        var state = State()
        if case .length(let length) = framing { state.remaining = length }
        self.state = Mutex(state)
    }

    func write(_ bytes: [UInt8]) async throws {
        guard !bytes.isEmpty else { return }
        try state.withLock { state in
            guard !state.isFinished else { throw StreamError.finished }
            if let remaining = state.remaining {
                guard bytes.count <= remaining else { throw StreamError.lengthMismatch }
                state.remaining = remaining - bytes.count
            }
            connection.output.withLock { output in
                if isChunked {
                    output.append { piece in
                        piece.append(hexadecimal: bytes.count)
                        piece.append("\r\n")
                    }
                }
                output.append(bytes)
                if isChunked { output.append { $0.append("\r\n") } }
            }
        }
        guard await connection.flush() else { throw StreamError.clientGone }
    }

    func finish() async throws {
        try state.withLock { state in
            state.isFinished = true
            guard state.remaining ?? 0 == 0 else { throw StreamError.lengthMismatch }
            if isChunked { connection.output.withLock { output in output.append { $0.append("0\r\n\r\n") } } }
        }
        guard await connection.flush() else { throw StreamError.clientGone }
    }
}
