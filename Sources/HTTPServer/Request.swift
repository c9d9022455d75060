/// A request as a handler sees it: parsed, bounded, its body read up to the route's limit.
package struct Request: Sendable {
    package var method: Method
    /// The path, percent-decoded and without dot segments; always begins with a slash.
    package var path: String
    /// The query's name–value pairs, decoded, in order.
    package var query: [(name: String, value: String)]
    package var headers: Headers
    package var body: [UInt8]
    /// What the route's pattern caught, by name.
    package var parameters: [String: String]
    /// The client: the peer, or what a trusted proxy says.
    package var remoteAddress: String
    /// Names this request in logs and reports.
    package var id: String
    /// The body while it comes, on a route that streams bodies, where `body` is empty; `nil` if there is none.
    package var bodyStream: BodyStream?
    /// Where it stands in a trace, if the client said so; `id` is the trace's then.
    package var trace: TraceContext?
    /// Whether it came over TLS, to this server or to a trusted proxy.
    package var isSecure = false
    /// The subject of the client's verified certificate, as RFC 2253 writes it.
    package var clientSubject: String?
    /// Tells a handler that waits that the server wants to end.
    package var drain = DrainSignal.never

    package init(
        method: Method, path: String, query: [(name: String, value: String)] = [], headers: Headers = Headers(),
        body: [UInt8] = [], parameters: [String: String] = [:], remoteAddress: String = "", id: String = ""
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.parameters = parameters
        self.remoteAddress = remoteAddress
        self.id = id
    }
}
