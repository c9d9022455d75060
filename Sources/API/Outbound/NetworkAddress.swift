import Glibc

/// An address that a name stands for, as the system's resolver found it.
struct NetworkAddress: Sendable, Hashable {
    /// 4 or 16 bytes.
    let bytes: [UInt8]
    let port: UInt16

    /// `nil` if it is of another family.
    init?(_ address: UnsafePointer<sockaddr>) {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            let inet = UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self)
            bytes = withUnsafeBytes(of: inet.sin_addr.s_addr) { Array($0) }
            port = UInt16(bigEndian: inet.sin_port)
        case AF_INET6:
            let inet = UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in6.self)
            bytes = withUnsafeBytes(of: inet.sin6_addr) { Array($0) }
            port = UInt16(bigEndian: inet.sin6_port)
        default: return nil
        }
    }

    init(bytes: [UInt8], port: UInt16 = 0) {
        self.bytes = bytes
        self.port = port
    }

    /// Whether it belongs to the public internet. Everything with a special meaning is not: this machine, its networks,
    /// the addresses where clouds tell secrets, documentation, multicast, and IPv6 ways to write IPv4.
    var isPublic: Bool {
        bytes.count == 4 ? !Self.special4.contains { $0.contains(bytes) } : isPublic6
    }

    private var isPublic6: Bool {
        // Only 2000::/3 is given out; of it 2001::/23 is for protocols, 2001:db8::/32 for documentation, and 2002::/16
        // is IPv4 in disguise.
        guard bytes[0] & 0xe0 == 0x20 else { return false }
        if bytes[0] == 0x20, bytes[1] == 0x02 { return false }
        if bytes[0] == 0x20, bytes[1] == 0x01 {
            return !(bytes[2] & 0xfe == 0 || (bytes[2] == 0x0d && bytes[3] == 0xb8))
        }
        return !(bytes[0] == 0x3f && bytes[1] == 0xff && bytes[2] & 0xf0 == 0)
    }

    private struct Range: Sendable {
        let prefix: [UInt8]
        let bits: Int

        func contains(_ bytes: [UInt8]) -> Bool {
            func value(_ bytes: [UInt8]) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }
            return (value(bytes) ^ value(prefix)) >> UInt32(32 - bits) == 0
        }
    }

    private static let special4: [Range] = [
        Range(prefix: [0, 0, 0, 0], bits: 8), Range(prefix: [10, 0, 0, 0], bits: 8),
        Range(prefix: [100, 64, 0, 0], bits: 10), Range(prefix: [127, 0, 0, 0], bits: 8),
        Range(prefix: [169, 254, 0, 0], bits: 16), Range(prefix: [172, 16, 0, 0], bits: 12),
        Range(prefix: [192, 0, 0, 0], bits: 24), Range(prefix: [192, 0, 2, 0], bits: 24),
        Range(prefix: [192, 88, 99, 0], bits: 24), Range(prefix: [192, 168, 0, 0], bits: 16),
        Range(prefix: [198, 18, 0, 0], bits: 15), Range(prefix: [198, 51, 100, 0], bits: 24),
        Range(prefix: [203, 0, 113, 0], bits: 24), Range(prefix: [224, 0, 0, 0], bits: 4),
        Range(prefix: [240, 0, 0, 0], bits: 4),
    ]
}
