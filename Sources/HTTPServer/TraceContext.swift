/// Where a request stands in a trace that began elsewhere (W3C Trace Context).
package struct TraceContext: Sendable, Hashable, CustomStringConvertible {
    /// 32 hexadecimal digits, the same for the whole trace.
    package let traceID: String
    /// 16 hexadecimal digits: the caller's part of it.
    package let parentID: String
    package let isSampled: Bool

    /// Reads a `traceparent` field; `nil` if it is malformed, as the standard wants it ignored then.
    package init?(_ field: String) {
        let parts = field.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts.map(\.utf8.count).prefix(4) == [2, 32, 16, 2],
            parts.prefix(4).allSatisfy({ $0.utf8.allSatisfy(Self.isDigit) }), parts[0] != "ff",
            parts.count == 4 || parts[0] != "00", parts[1].contains(where: { $0 != "0" }),
            parts[2].contains(where: { $0 != "0" }), let flags = UInt8(parts[3], radix: 16)
        else { return nil }
        traceID = String(parts[1])
        parentID = String(parts[2])
        isSampled = flags & 1 == 1
    }

    package var description: String { "00-\(traceID)-\(parentID)-\(isSampled ? "01" : "00")" }

    /// Lower case only, says the standard.
    private static func isDigit(_ byte: UInt8) -> Bool {
        byte.decimalValue != nil || (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "f"))
    }
}
