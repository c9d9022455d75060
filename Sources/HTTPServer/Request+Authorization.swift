extension Request {
    /// The token of `Authorization: Bearer …` (RFC 6750); `nil` if there is none, more than one, or it is malformed.
    package var bearerToken: String? {
        let fields = headers.values(of: "Authorization")
        guard fields.count == 1, let field = fields.first else { return nil }
        let parts = field.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, String(parts[0]).equalsIgnoringCase("bearer") else { return nil }
        let token = parts[1].utf8
        guard token.count <= Self.maximumToken, token.allSatisfy(Self.isTokenByte) else { return nil }
        return String(parts[1])
    }

    /// Bytes of a token; longer ones are none of ours.
    private static var maximumToken: Int { 1024 }

    /// `token68` of RFC 9110, 11.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: [0x2d, 0x2e, 0x5f, 0x7e, 0x2b, 0x2f, 0x3d].contains(byte)
        }
    }
}
