import HTTPServer

extension ListenAddress {
    /// Reads `127.0.0.1:8080`, `[::1]:8080`, `name:8080` or `unix:/path`.
    init(_ text: String) throws {
        if text.hasPrefix("unix:") {
            self = .unix(path: String(text.dropFirst(5)))
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw ConfigurationError(source: "listen", detail: "expected address:port or unix:/path, not '\(text)'")
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, !host.contains("[") else {
            throw ConfigurationError(source: "listen", detail: "expected an address before the port in '\(text)'")
        }
        self = .tcp(host: String(host), port: Int(port))
    }

    /// Whether other machines can reach it. A name may lead anywhere, except `localhost`.
    var isExposed: Bool {
        switch self {
        case .unix, .activated: false
        case .tcp(let host, _): !(host.hasPrefix("127.") || host == "::1" || host == "localhost")
        }
    }
}
