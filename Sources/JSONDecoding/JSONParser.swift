/// Finds the values of a text, and everything that makes it no JSON. Does not recurse.
struct JSONParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var tokens: [JSONToken] = []
    /// The array or object that the next value lies in, and how deep that is.
    private var parent = JSONToken.noParent
    private var depth = 0

    /// `bytes` must outlive this.
    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    mutating func parse() throws(JSONFault) -> [JSONToken] {
        guard bytes.count < UInt32.max else { throw .tooLarge }
        // Most values and names of a submission are longer than this.
        tokens.reserveCapacity(min(bytes.count / 12 + 4, 1 << 16))
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
        repeat { try beginValue() } while try endValue()
        skipSpace()
        guard position == bytes.count else { throw fault("there is something after the document") }
        return tokens
    }

    /// Reads a scalar, or the beginning of an array or object up to its first value.
    private mutating func beginValue() throws(JSONFault) {
        while true {
            skipSpace()
            guard position < bytes.count else { throw fault("the text ends where a value should be") }
            switch bytes[position] {
            case UInt8(ascii: "{"):
                try open(.object)
                guard !closesAtOnce(UInt8(ascii: "}")) else { return }
                try readName()
            case UInt8(ascii: "["):
                try open(.array)
                guard !closesAtOnce(UInt8(ascii: "]")) else { return }
            case UInt8(ascii: "\""): return try readString()
            case UInt8(ascii: "t"): return try readWord("true", .isTrue)
            case UInt8(ascii: "f"): return try readWord("false", .isFalse)
            case UInt8(ascii: "n"): return try readWord("null", .null)
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try readNumber()
            default: throw fault("there is no value")
            }
        }
    }

    /// Goes on after a value: closes what ends here. Returns whether another value follows.
    private mutating func endValue() throws(JSONFault) -> Bool {
        while parent != JSONToken.noParent {
            skipSpace()
            guard position < bytes.count else { throw fault("the text ends in an array or object") }
            let isObject = tokens[Int(parent)].kind == .object
            switch bytes[position] {
            case UInt8(ascii: ","):
                position += 1
                if isObject { try readName() }
                return true
            case UInt8(ascii: "}") where isObject, UInt8(ascii: "]") where !isObject:
                position += 1
                if isObject { try refuseDuplicates() }
                close()
            default: throw fault("a comma or the end of an array or object is missing")
            }
        }
        return false
    }

    // MARK: arrays and objects

    private mutating func open(_ kind: JSONToken.Kind) throws(JSONFault) {
        depth += 1
        guard depth <= JSONDocument.maximumDepth else { throw .tooDeep(offset: position) }
        position += 1
        try append(kind, 0..<0)
        parent = UInt32(tokens.count - 1)
    }

    private mutating func closesAtOnce(_ end: UInt8) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == end else { return false }
        position += 1
        close()
        return true
    }

    private mutating func close() {
        depth -= 1
        tokens[Int(parent)].end = UInt32(tokens.count)
        parent = tokens[Int(parent)].parent
    }

    /// A member's name and the colon after it.
    private mutating func readName() throws(JSONFault) {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { throw fault("a name is missing") }
        try readString(isName: true)
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: ":") else { throw fault("a colon is missing") }
        position += 1
    }

    /// A value's token; the array or object that it lies in counts it.
    private mutating func append(
        _ kind: JSONToken.Kind, _ range: Range<Int>, isName: Bool = false
    ) throws(JSONFault) {
        guard tokens.count < JSONDocument.maximumTokens else { throw .tooLarge }
        var ordinal: UInt32 = 0
        if parent != JSONToken.noParent {
            ordinal = tokens[Int(parent)].start
            if !isName { tokens[Int(parent)].start += 1 }
        }
        tokens.append(
            JSONToken(
                kind: kind, start: UInt32(range.lowerBound), end: UInt32(range.upperBound), parent: parent,
                ordinal: ordinal))
    }

    /// Objects of up to this many members have their names compared in pairs.
    private static let pairwise = 12

    private func refuseDuplicates() throws(JSONFault) {
        let object = Int(parent)
        let count = tokens[object].count
        guard count > 1 else { return }
        var names: [Int] = []
        names.reserveCapacity(count)
        var isPlain = true
        var name = object + 1
        for _ in 0..<count {
            names.append(name)
            isPlain = isPlain && tokens[name].kind == .asciiString
            let value = tokens[name + 1]
            name = value.isContainer ? Int(value.end) : name + 2
        }
        // Escapes and different forms of the same character make different bytes the same name.
        if !isPlain || count > Self.pairwise { return try refuseDuplicateStrings(names) }
        for (index, name) in names.enumerated() {
            for earlier in names[..<index] where haveSameBytes(name, earlier) { throw duplicate(name) }
        }
    }

    private func haveSameBytes(_ left: Int, _ right: Int) -> Bool {
        let (left, right) = (tokens[left].byteRange, tokens[right].byteRange)
        guard left.count == right.count else { return false }
        return zip(left, right).allSatisfy { bytes[$0] == bytes[$1] }
    }

    private func refuseDuplicateStrings(_ names: [Int]) throws(JSONFault) {
        var seen = Set<String>(minimumCapacity: names.count)
        for name in names where !seen.insert(JSONText.string(tokens[name], in: bytes)).inserted {
            throw duplicate(name)
        }
    }

    private func duplicate(_ name: Int) -> JSONFault {
        var path = [JSONPathPart(stringValue: JSONText.string(tokens[name], in: bytes))]
        var index = Int(parent)
        while tokens[index].parent != JSONToken.noParent {
            let parent = Int(tokens[index].parent)
            path.append(
                tokens[parent].kind == .array
                    ? JSONPathPart(intValue: Int(tokens[index].ordinal))
                    : JSONPathPart(stringValue: JSONText.string(tokens[index - 1], in: bytes)))
            index = parent
        }
        return .duplicateName(path: path.reversed())
    }

    // MARK: scalars

    private mutating func readWord(_ word: StaticString, _ kind: JSONToken.Kind) throws(JSONFault) {
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count,
            bytes[position..<end].elementsEqual(
                UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
        else { throw fault("there is no value") }
        try append(kind, position..<end)
        position = end
    }

    private mutating func readNumber() throws(JSONFault) {
        let start = position
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "0") {
            position += 1
        } else {
            try readDigits()
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try readDigits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try readDigits()
        }
        try append(.number, start..<position)
    }

    private mutating func readDigits() throws(JSONFault) {
        let start = position
        while position < bytes.count, bytes[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        guard position > start else { throw fault("a digit is missing") }
    }

    private mutating func readString(isName: Bool = false) throws(JSONFault) {
        position += 1
        let start = position
        var kind = JSONToken.Kind.asciiString
        while true {
            skipPlainText()
            guard position < bytes.count else { throw fault("the text ends in a string") }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                try append(kind, start..<position, isName: isName)
                position += 1
                return
            case UInt8(ascii: "\\"):
                kind = .escapedString
                try readEscape()
            case 0x80...:
                if kind == .asciiString { kind = .unicodeString }
                guard let length = JSONText.sequenceLength(bytes, at: position) else {
                    throw fault("a byte is not UTF-8")
                }
                position += length
            default: throw fault("a control character is not escaped")
            }
        }
    }

    /// Goes on to the next quote, backslash, control character or byte above ASCII, eight bytes at a time.
    private mutating func skipPlainText() {
        while position + 8 <= bytes.count {
            let word = UInt64(
                littleEndian: UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: position, as: UInt64.self))
            let special =
                (word &- 0x2020_2020_2020_2020) & ~word | Self.zeroBytes(word ^ 0x2222_2222_2222_2222)
                | Self.zeroBytes(word ^ 0x5c5c_5c5c_5c5c_5c5c) | word
            let marks = special & 0x8080_8080_8080_8080
            guard marks == 0 else {
                // A borrow can only mark bytes above one that is special itself.
                position += marks.trailingZeroBitCount / 8
                return
            }
            position += 8
        }
        while position < bytes.count {
            let byte = bytes[position]
            if byte < 0x20 || byte >= 0x80 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return }
            position += 1
        }
    }

    /// The high bit of each byte that is zero, and perhaps of some above it.
    private static func zeroBytes(_ word: UInt64) -> UInt64 { (word &- 0x0101_0101_0101_0101) & ~word }

    private mutating func readEscape() throws(JSONFault) {
        guard position + 1 < bytes.count else { throw fault("the text ends in a string") }
        switch bytes[position + 1] {
        case UInt8(ascii: "u"):
            guard let length = JSONText.escapeLength(bytes, at: position) else {
                throw fault("an escape is no character")
            }
            position += length
        case let byte where JSONText.escaped(byte) != nil: position += 2
        default: throw fault("there is no such escape")
        }
    }

    // MARK: between values

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0a, 0x0d, 0x09: position += 1
            default: return
            }
        }
    }

    private func fault(_ reason: String) -> JSONFault { .malformed(reason, offset: position) }
}
