/// The bytes that HTTP's grammar is made of (RFC 9110, 5.6).
extension UInt8 {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0a
    static let carriageReturn: UInt8 = 0x0d
    static let space: UInt8 = 0x20
    static let percent: UInt8 = 0x25
    static let slash: UInt8 = 0x2f
    static let colon: UInt8 = 0x3a

    /// Whether this byte may stand in a token: a method, a field name.
    /// Looked up in one bit for each of the 128 ASCII characters.
    @inline(__always)
    var isTokenByte: Bool {
        if self < 64 { return (0x03ff_6cfa_0000_0000 as UInt64) >> UInt64(self) & 1 == 1 }
        return self < 128 && (0x57ff_ffff_c7ff_fffe as UInt64) >> UInt64(self - 64) & 1 == 1
    }

    /// The value of a hexadecimal digit, `nil` for another byte.
    @inline(__always)
    var hexadecimalValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x37
        case 0x61...0x66: self - 0x57
        default: nil
        }
    }

    /// The value of a decimal digit, `nil` for another byte.
    @inline(__always)
    var decimalValue: UInt8? { self >= 0x30 && self <= 0x39 ? self - 0x30 : nil }

    /// An ASCII letter in lower case, any other byte as it is.
    @inline(__always)
    var lowercased: UInt8 { self >= 0x41 && self <= 0x5a ? self | 0x20 : self }
}
