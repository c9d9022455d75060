package import struct Foundation.Date

/// The name of a submission: 26 letters and digits (Crockford's base 32, lower case), the first ten of which are the
/// time in milliseconds, so that ids sort by age; 74 others are random, so that ids cannot be guessed. The remaining six
/// make the same 128 bits readable as a UUID of version 4, which the clients of other interfaces insist on.
package struct SubmissionID: Sendable, Hashable, Codable, Comparable, CustomStringConvertible {
    package let string: String

    package static let length = 26
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// A new id for the time `date`.
    package init(at date: Date = Date()) {
        var generator = SystemRandomNumberGenerator()
        let milliseconds = UInt64(max(0, date.timeIntervalSince1970 * 1000))
        var value = UInt128(milliseconds & 0xffff_ffff_ffff) << 80
        value |= UInt128(UInt16.random(in: .min ... .max, using: &generator)) << 64
        value |= UInt128(UInt64.random(in: .min ... .max, using: &generator))
        value = value & ~(0xf << 76) | 4 << 76
        value = value & ~(0b11 << 62) | 0b10 << 62
        self.init(bits: value)
    }

    private init(bits: UInt128) {
        var value = bits
        var bytes = [UInt8](repeating: 0, count: Self.length)
        for position in (0..<Self.length).reversed() {
            bytes[position] = Self.alphabet[Int(value & 31)]
            value >>= 5
        }
        string = String(decoding: bytes, as: UTF8.self)
    }

    /// The same 128 bits as a UUID writes them: `0198c2f4-…`.
    package var uuid: String {
        let digits = String(bits, radix: 16)
        let padded = Array((String(repeating: "0", count: max(0, 32 - digits.count)) + digits).utf8.suffix(32))
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(decoding: padded[$0], as: UTF8.self) }
            .joined(separator: "-")
    }

    /// Reads what `uuid` wrote, with or without hyphens; `nil` if `uuid` is none.
    package init?(uuid: some StringProtocol) {
        let digits = uuid.utf8.filter { $0 != UInt8(ascii: "-") }
        guard digits.count == 32, digits.allSatisfy({ isHexadecimal($0) }),
            let bits = UInt128(String(decoding: digits, as: UTF8.self), radix: 16)
        else { return nil }
        self.init(bits: bits)
    }

    /// What lies beyond 128 bits (an id that was not made here may begin with a digit above 7) is left out.
    private var bits: UInt128 {
        string.utf8.reduce(0) { $0 << 5 | UInt128(Self.alphabet.firstIndex(of: $1) ?? 0) }
    }

    /// Reads an id; `nil` if `string` is none.
    package init?(_ string: some StringProtocol) {
        guard string.utf8.count == Self.length, string.utf8.allSatisfy({ Self.alphabet.contains($0) }) else {
            return nil
        }
        self.string = String(string)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = SubmissionID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a submission id")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(string)
    }

    package static func < (left: SubmissionID, right: SubmissionID) -> Bool { left.string < right.string }

    package var description: String { string }
}

private func isHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
}
