/// The seam between the server and what it serves: another server could drive the same responder.
package protocol Responder: Sendable {
    func respond(to request: Request) async -> Response

    /// The largest body, in bytes, that a request may have; asked when its head is read, before the body.
    func bodyLimit(method: Method, path: String) -> Int

    /// The server's own answer to a request that never reaches `respond(to:)`. Plain text unless implemented. The
    /// connection ends with it.
    func response(to fault: RequestFault) -> Response
}

extension Responder {
    package func response(to fault: RequestFault) -> Response {
        Response(
            status: fault.status, headers: ["Content-Type": "text/plain; charset=utf-8"],
            body: .bytes(Array("\(fault.detail)\n".utf8)))
    }
}
