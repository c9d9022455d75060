/// What a handler answers.
package struct Response: Sendable {
    package var status: Status
    package var headers: Headers
    package var body: Body
    /// The pattern of the route that answered, for metrics and logs: unlike the path, there are few of them.
    package var route: String?

    package init(status: Status = .ok, headers: Headers = Headers(), body: Body = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package enum Body: Sendable {
        case empty
        case bytes([UInt8])
        /// Written while it is produced; ends when the closure returns. The writer throws when the client is gone. In
        /// chunks, unless the headers have a `Content-Length`, which must then be met exactly.
        case stream(@Sendable (any BodyWriter) async throws -> Void)
    }
}

/// Where a streamed body is written; returns when the bytes are on their way (back-pressure).
package protocol BodyWriter: Sendable {
    func write(_ bytes: [UInt8]) async throws
}

extension Response {
    /// Plain text in UTF-8.
    package static func text(_ text: String, status: Status = .ok) -> Response {
        Response(
            status: status, headers: ["Content-Type": "text/plain; charset=utf-8"], body: .bytes(Array(text.utf8)))
    }

    /// 405, with the methods that the resource has in `Allow`.
    package static func methodNotAllowed(_ allowed: [Method]) -> Response {
        Response(
            status: .methodNotAllowed, headers: ["Allow": allowed.map(\.name).joined(separator: ", ")])
    }
}
