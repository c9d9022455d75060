/// The seam between the server and what it serves: another server could drive the same responder.
package protocol Responder: Sendable {
    func respond(to request: Request) async -> Response

    /// The largest body, in bytes, that a request may have; asked when its head is read, before the body.
    func bodyLimit(method: Method, path: String) -> Int
}
