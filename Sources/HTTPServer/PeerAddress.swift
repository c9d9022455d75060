import CLinux
import Glibc

/// Who a connection comes from.
struct PeerAddress: Sendable, Hashable {
    /// As text, without a port; empty for a Unix socket.
    let text: String
    /// What connections are counted by: an IPv4 address or an IPv6 /64, of which a client may have many addresses.
    /// `nil` for a Unix socket.
    let group: UInt64?
    /// As 16 bytes, IPv4 mapped into IPv6; `nil` for a Unix socket.
    let address: AddressRange.Address?

    static let local = PeerAddress(text: "", group: nil, address: nil)

    /// Reads what accept(2) said.
    init(_ storage: sockaddr_storage) {
        switch Int32(storage.ss_family) {
        case AF_INET: self.init(ipv4: Self.read(storage, as: sockaddr_in.self).sin_addr)
        case AF_INET6:
            let address = Self.read(storage, as: sockaddr_in6.self).sin6_addr
            let bytes = withUnsafeBytes(of: address) { Array($0) }
            // An IPv4 client of a dual-stack socket is the same client as on an IPv4 socket.
            if bytes[0..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xff, bytes[11] == 0xff {
                self.init(ipv4: in_addr(s_addr: bytes[12..<16].withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }))
            } else {
                self.init(
                    text: Self.text(AF_INET6, address),
                    group: bytes[0..<8].withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) },
                    address: AddressRange.address(bytes))
            }
        default: self = .local
        }
    }

    private init(text: String, group: UInt64?, address: AddressRange.Address?) {
        self.text = text
        self.group = group
        self.address = address
    }

    private init(ipv4 address: in_addr) {
        // No IPv6 network in use begins with 32 zero bits.
        self.init(
            text: Self.text(AF_INET, address), group: UInt64(address.s_addr) << 32,
            address: AddressRange.address(withUnsafeBytes(of: address.s_addr) { Array($0) }))
    }

    static func read<Address>(_ storage: sockaddr_storage, as type: Address.Type) -> Address {
        withUnsafeBytes(of: storage) { $0.loadUnaligned(as: type) }
    }

    static func text<Address>(_ family: Int32, _ address: Address) -> String {
        withUnsafeBytes(of: address) { address in
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
                guard let start = address.baseAddress, let text = buffer.baseAddress,
                    inet_ntop(family, start, text, socklen_t(buffer.count)) != nil
                else { return "" }
                return String(cString: text)
            }
        }
    }
}
