/// What a sandbox can reach.
package enum NetworkMode: Sendable, Hashable, Codable {
    /// Nothing: an empty network namespace and no internet sockets.
    case none
    /// Its own loopback interface only.
    case loopback
    /// The destinations of an allow-list, through the host.
    case egress(EgressRules)

    package var name: String {
        switch self {
        case .none: "none"
        case .loopback: "loopback"
        case .egress: "egress"
        }
    }
}

/// Where a sandbox with network access may connect, and how fast.
package struct EgressRules: Sendable, Hashable, Codable {
    /// Destinations as `CIDR:port` (`192.0.2.0/24:443`); a port of `*` is any.
    package var allow: [String]
    /// Whether names resolve, through the host's resolver.
    package var dns: Bool
    /// Bytes per second in each direction; `nil` leaves it unlimited.
    package var bytesPerSecond: Int?

    package init(allow: [String], dns: Bool = false, bytesPerSecond: Int? = nil) {
        self.allow = allow
        self.dns = dns
        self.bytesPerSecond = bytesPerSecond
    }
}
