/// Characters and escapes of strings.
enum JSONText {
    /// The string at `token`, which was found to be one.
    static func string(_ token: JSONToken, in bytes: UnsafeBufferPointer<UInt8>) -> String {
        let raw = UnsafeBufferPointer(rebasing: bytes[token.byteRange])
        guard token.kind == .escapedString else { return String(decoding: raw, as: UTF8.self) }
        // No escape is shorter than the character that it stands for.
        return String(unsafeUninitializedCapacity: raw.count) { unescape(raw, into: $0) }
    }

    /// Returns how many bytes it wrote.
    private static func unescape(
        _ raw: UnsafeBufferPointer<UInt8>, into target: UnsafeMutableBufferPointer<UInt8>
    ) -> Int {
        var position = 0
        var written = 0
        while position < raw.count {
            let byte = raw[position]
            guard byte == UInt8(ascii: "\\") else {
                target[written] = byte
                written += 1
                position += 1
                continue
            }
            if let plain = escaped(raw[position + 1]) {
                target[written] = plain
                written += 1
                position += 2
                continue
            }
            let scalar = scalar(raw, at: position)
            for byte in UTF8.encode(scalar.value) ?? UTF8.encodedReplacementCharacter {
                target[written] = byte
                written += 1
            }
            position += scalar.length
        }
        return written
    }

    /// What `\` and `byte` stand for; `nil` for `u` and for what is no escape.
    static func escaped(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
        case UInt8(ascii: "n"): 0x0a
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "r"): 0x0d
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0c
        default: nil
        }
    }

    /// Bytes of the `\u` escape at `position`: 6, or 12 for a surrogate pair; `nil` if it is no character.
    static func escapeLength(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> Int? {
        guard let first = unit(bytes, at: position) else { return nil }
        switch first {
        case 0xd800...0xdbff:
            guard let second = unit(bytes, at: position + 6), (0xdc00...0xdfff).contains(second) else { return nil }
            return 12
        case 0xdc00...0xdfff: return nil
        default: return 6
        }
    }

    /// The character of the `\u` escape at `position`, which was found to be one.
    private static func scalar(
        _ bytes: UnsafeBufferPointer<UInt8>, at position: Int
    ) -> (value: Unicode.Scalar, length: Int) {
        let first = unit(bytes, at: position) ?? 0
        if let scalar = Unicode.Scalar(first) { return (scalar, 6) }
        let second = unit(bytes, at: position + 6) ?? 0
        let value = 0x10000 + (first - 0xd800) << 10 + (second & 0x3ff)
        return (Unicode.Scalar(value) ?? "\u{fffd}", 12)
    }

    /// The four hexadecimal digits of a `\u` escape.
    private static func unit(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> UInt32? {
        guard position + 6 <= bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { return nil }
        var value: UInt32 = 0
        for index in position + 2..<position + 6 {
            guard let digit = hexadecimalValue(bytes[index]) else { return nil }
            value = value << 4 | digit
        }
        return value
    }

    private static func hexadecimalValue(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// Bytes of the UTF-8 sequence at `position`, which is above ASCII; `nil` if it is none (Unicode, table 3-7).
    static func sequenceLength(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> Int? {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xbf
        switch bytes[position] {
        case 0xc2...0xdf: length = 2
        case 0xe0: (length, second) = (3, 0xa0...0xbf)
        case 0xed: (length, second) = (3, 0x80...0x9f)
        case 0xe1...0xef: length = 3
        case 0xf0: (length, second) = (4, 0x90...0xbf)
        case 0xf1...0xf3: length = 4
        case 0xf4: (length, second) = (4, 0x80...0x8f)
        default: return nil
        }
        guard position + length <= bytes.count, second.contains(bytes[position + 1]) else { return nil }
        for index in position + 2..<position + length where bytes[index] & 0xc0 != 0x80 { return nil }
        return length
    }
}
