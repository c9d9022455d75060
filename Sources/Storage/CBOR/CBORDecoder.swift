/// Reads back what `CBOREncoder` wrote. Damaged bytes throw a `DecodingError`; they never trap.
enum CBORDecoder {
    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        let source = CBORSource(bytes: bytes)
        let value = try source.value(type, at: 0, depth: 0)
        guard try source.end(of: 0) == bytes.count else { throw source.damaged("bytes after the value", 0) }
        return value
    }
}

/// The bytes that are read, by offset.
private struct CBORSource {
    let bytes: [UInt8]

    func damaged(_ what: String, _ offset: Int) -> DecodingError {
        .dataCorrupted(.init(codingPath: [], debugDescription: "\(what) at byte \(offset) of \(bytes.count)"))
    }

    struct Head {
        var major: UInt8
        var argument: UInt64
        /// Without a length in front: ends with a break.
        var isOpen: Bool
        /// Where the content begins.
        var next: Int
    }

    func byte(_ offset: Int) throws -> UInt8 {
        guard offset < bytes.count else { throw damaged("nothing left", offset) }
        return bytes[offset]
    }

    func head(_ offset: Int) throws -> Head {
        let initial = try byte(offset)
        let (major, information) = (initial & 0xe0, initial & 0x1f)
        switch information {
        case 0..<24: return Head(major: major, argument: UInt64(information), isOpen: false, next: offset + 1)
        case 24...27:
            let width = 1 << Int(information - 24)
            guard offset + width < bytes.count else { throw damaged("cut short", offset) }
            let argument = bytes[(offset + 1)...(offset + width)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return Head(major: major, argument: argument, isOpen: false, next: offset + 1 + width)
        case 31 where major == CBOR.list || major == CBOR.map:
            return Head(major: major, argument: 0, isOpen: true, next: offset + 1)
        default: throw damaged("no item of ours", offset)
        }
    }

    func string(_ head: Head) throws -> Range<Int> {
        guard head.argument <= UInt64(bytes.count - head.next) else { throw damaged("cut short", head.next) }
        return head.next..<(head.next + Int(head.argument))
    }

    func text(at offset: Int) throws -> String {
        let head = try head(offset)
        guard head.major == CBOR.textString else { throw damaged("no text", offset) }
        return String(decoding: bytes[try string(head)], as: UTF8.self)
    }

    func isNull(at offset: Int) -> Bool { offset < bytes.count && bytes[offset] == CBOR.null }

    /// Where the item that begins at `offset` ends.
    func end(of offset: Int, depth: Int = 0) throws -> Int {
        guard depth <= CBOR.maximumDepth else { throw damaged("nested too deeply", offset) }
        let head = try head(offset)
        switch head.major {
        case CBOR.unsigned, CBOR.negative, CBOR.simple: return head.next
        case CBOR.byteString, CBOR.textString: return try string(head).upperBound
        case CBOR.list, CBOR.map:
            var next = head.next
            try forEachItem(in: head) {
                next = try end(of: $0, depth: depth + 1)
                return next
            }
            return head.isOpen ? next + 1 : next
        default: throw damaged("no item of ours", offset)
        }
    }

    /// Calls `body` with the offset of each item inside (of a map: keys and values in turn); it gives back the end.
    func forEachItem(in head: Head, _ body: (Int) throws -> Int) throws {
        var next = head.next
        if head.isOpen {
            while try byte(next) != CBOR.end { next = try body(next) }
        } else {
            // Every item takes at least a byte, so a count from damaged bytes cannot make this run long.
            for _
                in 0..<(head.major == CBOR.map ? head.argument.addingReportingOverflow(head.argument).0 : head.argument)
            {
                next = try body(next)
            }
        }
    }

    func integer<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int) throws -> Value {
        let head = try head(offset)
        let value: Value? =
            switch head.major {
            case CBOR.unsigned: Value(exactly: head.argument)
            case CBOR.negative: Value(exactly: -1 - Int128(head.argument))
            default: nil
            }
        guard let value else { throw damaged("no \(type)", offset) }
        return value
    }

    func double(at offset: Int) throws -> Double {
        guard try byte(offset) == CBOR.double else { throw damaged("no number", offset) }
        return Double(bitPattern: try head(offset).argument)
    }

    func bool(at offset: Int) throws -> Bool {
        switch try byte(offset) {
        case CBOR.true: true
        case CBOR.false: false
        default: throw damaged("neither true nor false", offset)
        }
    }

    func value<Value: Decodable>(_ type: Value.Type, at offset: Int, depth: Int) throws -> Value {
        if type == [UInt8].self {
            let head = try head(offset)
            guard head.major == CBOR.byteString else { throw damaged("no bytes", offset) }
            if let value = Array(bytes[try string(head)]) as? Value { return value }
        } else if type == String.self {
            if let value = try text(at: offset) as? Value { return value }
        } else if type == Duration.self {
            if let value = try duration(at: offset) as? Value { return value }
        }
        guard depth <= CBOR.maximumDepth else { throw damaged("nested too deeply", offset) }
        return try Value(from: CBORValueDecoder(source: self, offset: offset, depth: depth))
    }

    private func duration(at offset: Int) throws -> Duration {
        let head = try head(offset)
        guard head.major == CBOR.list else { return .nanoseconds(try integer(Int64.self, at: offset)) }
        guard head.argument == 2 else { throw damaged("no duration", offset) }
        let seconds = try integer(Int64.self, at: head.next)
        return Duration(
            secondsComponent: seconds, attosecondsComponent: try integer(Int64.self, at: try end(of: head.next)))
    }
}

/// What `init(from:)` of a value reads itself from.
private struct CBORValueDecoder: Decoder, SingleValueDecodingContainer {
    let source: CBORSource
    let offset: Int
    let depth: Int
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(try CBORKeyedDecoder<Key>(source: source, offset: offset, depth: depth))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try CBORUnkeyedDecoder(source: source, offset: offset, depth: depth)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { source.isNull(at: offset) }
    func decode(_ type: Bool.Type) throws -> Bool { try source.bool(at: offset) }
    func decode(_ type: String.Type) throws -> String { try source.text(at: offset) }
    func decode(_ type: Double.Type) throws -> Double { try source.double(at: offset) }
    func decode(_ type: Float.Type) throws -> Float { Float(try source.double(at: offset)) }
    func decode(_ type: Int.Type) throws -> Int { try source.integer(type, at: offset) }
    func decode(_ type: Int8.Type) throws -> Int8 { try source.integer(type, at: offset) }
    func decode(_ type: Int16.Type) throws -> Int16 { try source.integer(type, at: offset) }
    func decode(_ type: Int32.Type) throws -> Int32 { try source.integer(type, at: offset) }
    func decode(_ type: Int64.Type) throws -> Int64 { try source.integer(type, at: offset) }
    func decode(_ type: UInt.Type) throws -> UInt { try source.integer(type, at: offset) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try source.integer(type, at: offset) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try source.integer(type, at: offset) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try source.integer(type, at: offset) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try source.integer(type, at: offset) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try source.value(type, at: offset, depth: depth + 1)
    }
}

private struct CBORKeyedDecoder<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let source: CBORSource
    let depth: Int
    /// Keys and where their values begin, as they were written. Short lists: looking through beats hashing.
    private var entries: [(key: String, offset: Int)] = []
    var codingPath: [any CodingKey] { [] }

    init(source: CBORSource, offset: Int, depth: Int) throws {
        self.source = source
        self.depth = depth
        let head = try source.head(offset)
        guard head.major == CBOR.map else { throw source.damaged("no map", offset) }
        var key: String?
        var found: [(key: String, offset: Int)] = []
        try source.forEachItem(in: head) {
            if let known = key {
                found.append((known, $0))
                key = nil
            } else {
                key = try source.text(at: $0)
            }
            return try source.end(of: $0)
        }
        guard key == nil else { throw source.damaged("a key without a value", offset) }
        entries = found
    }

    var allKeys: [Key] { entries.compactMap { Key(stringValue: $0.key) } }

    private func find(_ key: Key) -> Int? {
        let name = key.stringValue
        return entries.first { $0.key == name }?.offset
    }

    private func single(_ key: Key) throws -> CBORValueDecoder {
        guard let offset = find(key) else {
            throw DecodingError.keyNotFound(key, .init(codingPath: [], debugDescription: "not among the stored keys"))
        }
        return CBORValueDecoder(source: source, offset: offset, depth: depth)
    }

    func contains(_ key: Key) -> Bool { find(key) != nil }
    func decodeNil(forKey key: Key) throws -> Bool { try single(key).decodeNil() }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try single(key).decode(type) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try single(key).decode(type) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try single(key).decode(type) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try single(key).decode(type) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try single(key).decode(type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try single(key).decode(type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try single(key).decode(type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try single(key).decode(type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try single(key).decode(type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try single(key).decode(type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try single(key).decode(type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try single(key).decode(type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try single(key).decode(type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try single(key).decode(type) }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try single(key).decode(type)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try single(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try single(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { throw source.damaged("stored types are no classes", 0) }
    func superDecoder(forKey key: Key) throws -> any Decoder { try superDecoder() }
}

private struct CBORUnkeyedDecoder: UnkeyedDecodingContainer {
    let source: CBORSource
    let depth: Int
    private var offsets: [Int] = []
    private(set) var currentIndex = 0
    var codingPath: [any CodingKey] { [] }
    var count: Int? { offsets.count }
    var isAtEnd: Bool { currentIndex == offsets.count }

    init(source: CBORSource, offset: Int, depth: Int) throws {
        self.source = source
        self.depth = depth
        let head = try source.head(offset)
        guard head.major == CBOR.list else { throw source.damaged("no list", offset) }
        var found: [Int] = []
        try source.forEachItem(in: head) {
            found.append($0)
            return try source.end(of: $0)
        }
        offsets = found
    }

    private mutating func next() throws -> CBORValueDecoder {
        guard !isAtEnd else { throw source.damaged("the list is shorter", source.bytes.count) }
        defer { currentIndex += 1 }
        return CBORValueDecoder(source: source, offset: offsets[currentIndex], depth: depth)
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, source.isNull(at: offsets[currentIndex]) else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().decode(type) }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }

    mutating func superDecoder() throws -> any Decoder { try next() }
}
