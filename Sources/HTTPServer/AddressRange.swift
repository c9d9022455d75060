import Glibc

/// Addresses that begin with the same bits, written `10.0.0.0/8`, `fd00::/8`, or as one address; `unix` is whoever comes
/// through a Unix socket.
package struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    /// 16 bytes in network order, IPv4 mapped into IPv6.
    struct Address: Sendable, Hashable {
        let high: UInt64
        let low: UInt64
    }

    private let base: Address?
    private let bits: Int
    package let description: String

    /// Reads a range; `nil` if `text` is none.
    package init?(_ text: String) {
        description = text
        if text == "unix" {
            base = nil
            bits = 0
            return
        }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = Self.address(String(first)) else { return nil }
        let width = first.contains(":") ? 128 : 32
        guard parts.count == 1 || parts[1].utf8.allSatisfy({ $0.decimalValue != nil }),
            let length = parts.count == 1 ? width : Int(parts[1]), (0...width).contains(length)
        else { return nil }
        base = address
        bits = 128 - width + length
    }

    /// `nil` stands for a Unix socket.
    func contains(_ address: Address?) -> Bool {
        guard let base, let address else { return base == nil && address == nil }
        return Self.same(base.high, address.high, min(bits, 64)) && Self.same(base.low, address.low, max(0, bits - 64))
    }

    private static func same(_ left: UInt64, _ right: UInt64, _ bits: Int) -> Bool {
        bits == 0 || (left ^ right) >> UInt64(64 - bits) == 0
    }

    /// Reads a numeric address.
    static func address(_ text: String) -> Address? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return address(withUnsafeBytes(of: four.s_addr) { Array($0) }) }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        return address(withUnsafeBytes(of: six) { Array($0) })
    }

    /// From 4 or 16 bytes in network order.
    static func address(_ bytes: [UInt8]) -> Address {
        func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        return bytes.count == 4
            ? Address(high: 0, low: 0xffff_0000_0000 | number(bytes[...]))
            : Address(high: number(bytes[0..<8]), low: number(bytes[8..<16]))
    }
}
