/// The seam between the server and what it serves: another server could drive the same responder.
package protocol Responder: Sendable {
    func respond(to request: Request) async -> Response

    /// The largest body, in bytes, that a request may have; asked when its head is read, before the body.
    func bodyLimit(method: Method, path: String) -> Int

    /// How a request's body is to be read; `bodyLimit`, and as a whole, unless implemented.
    func bodyPolicy(method: Method, path: String) -> BodyPolicy

    /// The server's own answer to a request that never reaches `respond(to:)`, of which `request` is what could be read,
    /// without its body. Plain text unless implemented. The connection ends with it.
    func response(to fault: RequestFault, of request: Request?) -> Response
}

/// How a request's body is read.
package struct BodyPolicy: Sendable, Hashable {
    /// The largest body, in bytes.
    package var limit: Int
    /// Whether the handler reads the body piece by piece, while it comes.
    package var isStreamed: Bool

    package init(limit: Int, isStreamed: Bool = false) {
        self.limit = limit
        self.isStreamed = isStreamed
    }
}

extension Responder {
    package func bodyPolicy(method: Method, path: String) -> BodyPolicy {
        BodyPolicy(limit: bodyLimit(method: method, path: path))
    }

    package func response(to fault: RequestFault, of request: Request?) -> Response {
        Response(
            status: fault.status, headers: ["Content-Type": "text/plain; charset=utf-8"],
            body: .bytes(Array("\(fault.detail)\n".utf8)))
    }
}
