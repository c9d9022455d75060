/// A request's body, piece by piece, as it comes. Nothing is read ahead of what is asked for, so a handler that is slow
/// slows its client down.
package struct BodyStream: Sendable {
    private let read: @Sendable (_ limit: Int) async throws -> [UInt8]?

    /// Bytes of a piece where nothing is said.
    package static let defaultPiece = 64 << 10

    /// A body that `read` gives out in pieces of at most `limit` bytes, `nil` at its end.
    package init(_ read: @escaping @Sendable (_ limit: Int) async throws -> [UInt8]?) { self.read = read }

    /// The next piece, never empty; `nil` after the last one. Throws when the client is gone, too slow, or sends what is
    /// no body or too large a one; the server then answers instead of the handler.
    package func next(upTo limit: Int = Self.defaultPiece) async throws -> [UInt8]? {
        try await read(Swift.max(1, limit))
    }
}

extension BodyStream: AsyncSequence {
    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let stream: BodyStream
        package mutating func next() async throws -> [UInt8]? { try await stream.next() }
    }

    package func makeAsyncIterator() -> Iterator { Iterator(stream: self) }
}
