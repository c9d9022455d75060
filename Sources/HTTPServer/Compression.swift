/// Compresses what handlers answer, when the client takes gzip and it is worth it.
///
/// An answer that holds a secret beside text that the client chose can leak the secret by its size; tokens are shown
/// once, alone, when they are made, so no answer of ours does.
package struct Compression: Sendable {
    /// Bytes below which an answer is sent as it is: it fits a packet anyway.
    package var minimumSize = 1024
    /// Bytes above which an answer is sent as it is: compressing holds a thread for some 20 ms per megabyte.
    package var maximumSize = 4 << 20
    /// zlib's level, 1 (fastest) to 9 (smallest).
    package var level: Int32 = 4

    package init() {}

    /// As a router's middleware.
    package var middleware: Router.Middleware {
        { request, next in compress(await next(request), for: request) }
    }

    func compress(_ response: Response, for request: Request) -> Response {
        guard case .bytes(let bytes) = response.body, bytes.count >= minimumSize, bytes.count <= maximumSize,
            response.status.code != 206, response.headers["Content-Encoding"] == nil,
            response.headers["Content-Type"].map(Self.isCompressible) ?? false
        else { return response }
        var response = response
        response.headers.addVary("Accept-Encoding")
        guard AcceptEncoding.allowsGzip(request.headers), let compressed = Gzip.compress(bytes, level: level),
            compressed.count < bytes.count
        else { return response }
        response.body = .bytes(compressed)
        response.headers["Content-Encoding"] = "gzip"
        // The same entity in other bytes: a strong tag would promise the same bytes.
        if let tag = response.headers["ETag"], tag.hasPrefix("\"") { response.headers["ETag"] = "W/\(tag)" }
        return response
    }

    static func isCompressible(_ type: String) -> Bool {
        let type = type.prefix { $0 != ";" }.trimmed.lowercased()
        if type == "text/event-stream" { return false }
        return type.hasPrefix("text/") || type.hasSuffix("json") || type.hasSuffix("xml")
            || type.hasSuffix("javascript")
            || type == "application/wasm" || type == "application/yaml"
    }
}
