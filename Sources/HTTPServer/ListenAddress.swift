/// Where a server is to listen.
package enum ListenAddress: Sendable, Hashable {
    /// A numeric IPv4 or IPv6 address or a name; port 0 takes a free one.
    case tcp(host: String, port: Int)
    /// A Unix socket at `path`. A stale socket file there is replaced, any other file is not. Whoever may write to the
    /// file may speak to the server: its mode is the trust boundary.
    case unix(path: String, mode: UInt32 = 0o660)
    /// The sockets that the service manager passed (systemd's LISTEN_FDS), all of them or those of that name.
    case activated(name: String? = nil)
}

/// Where a server does listen.
package enum BoundAddress: Sendable, Hashable, CustomStringConvertible {
    case tcp(host: String, port: Int)
    case unix(path: String)

    /// The port; `nil` for a Unix socket.
    package var port: Int? {
        if case .tcp(_, let port) = self { port } else { nil }
    }

    package var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
