/// A request that the server itself answers, because no handler should see it.
package struct RequestFault: Error, Sendable, Hashable {
    package let status: Status
    /// One sentence for whoever wrote the client. Holds nothing that the client sent.
    package let detail: String

    package init(_ status: Status, _ detail: String) {
        self.status = status
        self.detail = detail
    }
}

extension RequestFault {
    static func malformed(_ detail: String) -> RequestFault { RequestFault(.badRequest, detail) }

    static let lineTooLong = RequestFault(.uriTooLong, "The request line is too long.")
    static let headersTooLarge = RequestFault(
        .requestHeaderFieldsTooLarge, "The header fields are too large or too many.")
    static let bodyTooLarge = RequestFault(.contentTooLarge, "The body is larger than this resource takes.")
    static let tooSlow = RequestFault(.requestTimeout, "The request did not arrive in time.")
    static let clientLeft = RequestFault(.badRequest, "The body ended early.")
    static let tooManyConnections = RequestFault(.serviceUnavailable, "Too many connections.")
}
