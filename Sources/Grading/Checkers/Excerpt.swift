/// A few bytes around a difference, quoted, for a message in one line: what does not print is escaped.
struct Excerpt: CustomStringConvertible {
    let description: String

    /// Bytes shown at most.
    static let length = 40
    /// Bytes shown before the difference.
    private static let context = 12

    /// `bytes` from a little before `offset` on. `…` stands for what is left out.
    init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        var start = bytes.count <= Self.length ? 0 : max(0, offset - Self.context)
        // Not from the middle of a character.
        while start > 0, start < bytes.count, bytes[start] & 0xc0 == 0x80 { start -= 1 }
        let end = min(bytes.count, start + Self.length)
        let text = Self.escaped(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        description = (start > 0 ? "…" : "") + "\"" + text + "\"" + (end < bytes.count ? "…" : "")
    }

    private static func escaped(_ bytes: UnsafeRawBufferPointer) -> String {
        var text = ""
        var position = 0
        while position < bytes.count {
            let length = characterLength(startingWith: bytes[position])
            let end = min(position + length, bytes.count)
            if let character = String(validating: bytes[position..<end], as: UTF8.self)?.unicodeScalars.first {
                text += escaped(character)
                position = end
            } else {
                text += "\\x" + hex(UInt32(bytes[position]), digits: 2)
                position += 1
            }
        }
        return text
    }

    /// Bytes of the UTF-8 character that begins with `byte`.
    private static func characterLength(startingWith byte: UInt8) -> Int {
        switch byte {
        case 0xc0...0xdf: 2
        case 0xe0...0xef: 3
        case 0xf0...0xff: 4
        default: 1
        }
    }

    private static func escaped(_ character: Unicode.Scalar) -> String {
        switch character {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case "\"", "\\": return "\\" + String(character)
        case " ": return " "
        default: break
        }
        switch character.properties.generalCategory {
        // Marks of direction would reorder the message, separators break it, and the others show nothing.
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            return "\\u{" + hex(character.value, digits: 1) + "}"
        default: return String(character)
        }
    }

    private static func hex(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
