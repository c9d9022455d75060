import Core
import Foundation

/// Networks of sandboxes that may reach others.
package struct EgressConfiguration: Sendable, Hashable {
    /// What sandboxes ask for names, if they may: at most three addresses of IPv4.
    package var resolvers: [UInt32]

    package init(resolvers: [UInt32] = EgressConfiguration.hostResolvers()) {
        self.resolvers = Array(resolvers.prefix(Self.maximumResolvers))
    }

    package static let maximumResolvers = 3

    /// First of the addresses that sandboxes get: the range for tests of networks, which nobody uses otherwise.
    static let base: UInt32 = 0xc612_0000

    /// The host's resolvers, without those that only the host itself can ask.
    package static func hostResolvers(of text: String? = nil) -> [UInt32] {
        let text = text ?? (try? String(contentsOfFile: "/etc/resolv.conf", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count > 1, words[0] == "nameserver", let address = IPv4Address.number(words[1]),
                address >> 24 != 127
            else { return nil }
            return address
        }
    }
}
