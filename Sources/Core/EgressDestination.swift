/// A network of IPv4 and a port of TCP and UDP, written `192.0.2.0/24:443`; without `/24` one address, with `*` as its port
/// every one.
package struct EgressDestination: Sendable, Hashable {
    /// The network's first address, as a number.
    package let address: UInt32
    /// Bits that addresses have in common with it.
    package let prefix: Int
    /// `nil` is every port, and every protocol.
    package let port: UInt16?

    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        if parts[1] == "*" {
            port = nil
        } else {
            guard parts[1].allSatisfy(\.isASCIIDigit), let number = UInt16(parts[1]), number > 0 else { return nil }
            port = number
        }
        let network = parts[0].split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(network.count), let first = IPv4Address.number(network[0]) else { return nil }
        if network.count == 2 {
            guard network[1].allSatisfy(\.isASCIIDigit), let bits = Int(network[1]), bits <= 32 else { return nil }
            prefix = bits
        } else {
            prefix = 32
        }
        address = first & Self.mask(prefix)
    }

    /// Whether everything in `other` is in this one too.
    package func contains(_ other: EgressDestination) -> Bool {
        prefix <= other.prefix && other.address & Self.mask(prefix) == address && (port == nil || port == other.port)
    }

    private static func mask(_ prefix: Int) -> UInt32 { prefix == 0 ? 0 : ~0 << UInt32(32 - prefix) }
}

/// Addresses of IPv4 in their usual notation.
package enum IPv4Address {
    /// `nil` if `text` is none.
    package static func number(_ text: some StringProtocol) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard !part.isEmpty, part.allSatisfy(\.isASCIIDigit), let byte = UInt8(part) else { return nil }
            number = number << 8 | UInt32(byte)
        }
        return number
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
