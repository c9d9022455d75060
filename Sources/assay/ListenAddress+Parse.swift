import HTTPServer

extension ListenAddress {
    /// Reads `127.0.0.1:8080`, `[::1]:8080`, `name:8080`, `unix:/path`, `systemd` or `systemd:NAME`.
    init(_ text: String) throws {
        func error(_ detail: String) -> ConfigurationError { ConfigurationError(source: "listen", detail: detail) }
        if text.hasPrefix("unix:/") {
            self = .unix(path: String(text.dropFirst("unix:".count)))
            return
        }
        if text == "systemd" || text.hasPrefix("systemd:") {
            let name = text.dropFirst("systemd:".count)
            self = .activated(name: name.isEmpty ? nil : String(name))
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw error("expected address:port, unix:/path or systemd, not '\(text)'")
        }
        var host = text[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, !host.contains("["), isBracketed || !host.contains(":") else {
            throw error("expected an address before the port in '\(text)', of IPv6 in brackets")
        }
        self = .tcp(host: String(host), port: Int(port))
    }

    /// As `init(_:)` reads it.
    var text: String {
        switch self {
        case .tcp(let host, let port): BoundAddress.tcp(host: host, port: port).description
        case .unix(let path, _): "unix:\(path)"
        case .activated(let name): name.map { "systemd:\($0)" } ?? "systemd"
        }
    }

    /// Where it leads, as far as that is known before anything is bound.
    var expected: [BoundAddress] {
        get throws {
            switch self {
            case .tcp(let host, let port): [.tcp(host: host, port: port)]
            case .unix(let path, _): [.unix(path: path)]
            case .activated(let name): try Self.activatedAddresses(named: name)
            }
        }
    }
}

extension BoundAddress {
    /// Whether other machines can reach it. A name may lead anywhere, except `localhost`.
    var isExposed: Bool {
        switch self {
        case .unix: false
        case .tcp(let host, _): !(host.hasPrefix("127.") || host == "::1" || host == "localhost")
        }
    }
}
