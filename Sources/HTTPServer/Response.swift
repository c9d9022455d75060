/// What a handler answers.
package struct Response: Sendable {
    package var status: Status
    package var headers: Headers
    package var body: Body

    package init(status: Status = .ok, headers: Headers = Headers(), body: Body = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package enum Body: Sendable {
        case empty
        case bytes([UInt8])
        /// Written while it is produced, in chunks; ends when the closure returns. The writer throws when the client
        /// is gone.
        case stream(@Sendable (any BodyWriter) async throws -> Void)
    }
}

/// Where a streamed body is written; returns when the bytes are on their way (back-pressure).
package protocol BodyWriter: Sendable {
    func write(_ bytes: [UInt8]) async throws
}

/// A status code; the reason phrase is the registry's.
package struct Status: Sendable, Hashable, ExpressibleByIntegerLiteral {
    package let code: Int

    package init(_ code: Int) { self.code = code }
    package init(integerLiteral value: Int) { code = value }

    package static let ok: Status = 200
    package static let created: Status = 201
    package static let accepted: Status = 202
    package static let noContent: Status = 204
    package static let badRequest: Status = 400
    package static let notFound: Status = 404
    package static let methodNotAllowed: Status = 405
    package static let conflict: Status = 409
    package static let contentTooLarge: Status = 413
    package static let unprocessableContent: Status = 422
    package static let tooManyRequests: Status = 429
    package static let internalServerError: Status = 500
    package static let serviceUnavailable: Status = 503
}
