/// Writes a value as CBOR (RFC 8949): what drafts and reports are kept as.
///
/// Byte arrays become byte strings, where JSON would make a list of numbers or base 64 of them; names of properties
/// are kept, so a property may be added to a stored type as long as it is optional or its decoder has a default.
/// A duration becomes its nanoseconds, or `[seconds, attoseconds]` when it is no whole number of those.
enum CBOREncoder {
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let sink = CBORSink()
        try sink.append(value, at: 0)
        return sink.bytes
    }
}

/// The bytes written so far. Maps and lists have no length in front and end with a break, so nothing is written twice.
final class CBORSink {
    private(set) var bytes: [UInt8] = []
    /// Maps and lists begun and not ended.
    private var depth = 0

    init() { bytes.reserveCapacity(512) }

    /// Ends what was begun inside the container at `level`, before something else is written into it.
    private func settle(at level: Int) throws {
        guard depth >= level else {
            throw EncodingError.invalidValue(
                level, .init(codingPath: [], debugDescription: "written into a container that has ended"))
        }
        while depth > level {
            bytes.append(CBOR.end)
            depth -= 1
        }
    }

    fileprivate func open(_ initial: UInt8, at level: Int) -> Int {
        bytes.append(initial)
        depth = level + 1
        return depth
    }

    fileprivate func key(_ key: some CodingKey, at level: Int) throws {
        try settle(at: level)
        append(text: key.stringValue)
    }

    fileprivate func append<Value: Encodable>(_ value: Value, at level: Int) throws {
        try settle(at: level)
        if Value.self == [UInt8].self, let value = value as? [UInt8] {
            append(head: CBOR.byteString, UInt64(value.count))
            bytes.append(contentsOf: value)
        } else if Value.self == String.self, let value = value as? String {
            append(text: value)
        } else if Value.self == Duration.self, let value = value as? Duration {
            append(value)
        } else {
            let start = bytes.count
            try value.encode(to: CBORValueEncoder(sink: self, level: level))
            try settle(at: level)
            // A value that wrote nothing still has to be something.
            if bytes.count == start { bytes.append(contentsOf: [CBOR.openMap, CBOR.end]) }
        }
    }

    private func append(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let (nanoseconds, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let (whole, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (total, overflowsToo) = whole.addingReportingOverflow(nanoseconds)
        if rest == 0, !overflows, !overflowsToo {
            append(integer: total)
        } else {
            append(head: CBOR.list, 2)
            append(integer: seconds)
            append(integer: attoseconds)
        }
    }

    fileprivate func append(text: String) {
        var text = text
        text.withUTF8 {
            append(head: CBOR.textString, UInt64($0.count))
            bytes.append(contentsOf: $0)
        }
    }

    fileprivate func append(integer: some BinaryInteger & SignedInteger) {
        if integer >= 0 {
            append(head: CBOR.unsigned, UInt64(integer))
        } else {
            append(head: CBOR.negative, UInt64(-1 - integer))
        }
    }

    fileprivate func append(unsigned: some UnsignedInteger) { append(head: CBOR.unsigned, UInt64(unsigned)) }

    fileprivate func append(double: Double) {
        bytes.append(CBOR.double)
        append(bigEndian: double.bitPattern)
    }

    fileprivate func append(bool: Bool) { bytes.append(bool ? CBOR.true : CBOR.false) }

    fileprivate func appendNull() { bytes.append(CBOR.null) }

    private func append(head major: UInt8, _ argument: UInt64) {
        switch argument {
        case 0..<24: bytes.append(major | UInt8(argument))
        case 24...0xff:
            bytes.append(major | 24)
            bytes.append(UInt8(argument))
        case 0x100...0xffff:
            bytes.append(major | 25)
            append(bigEndian: UInt16(argument))
        case 0x1_0000...0xffff_ffff:
            bytes.append(major | 26)
            append(bigEndian: UInt32(argument))
        default:
            bytes.append(major | 27)
            append(bigEndian: argument)
        }
    }

    private func append(bigEndian value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
}

/// What `encode(to:)` of a value writes itself to.
private struct CBORValueEncoder: Encoder, SingleValueEncodingContainer {
    let sink: CBORSink
    let level: Int
    /// Not kept: encoding our own types fails by a programmer's error only.
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(CBORKeyedEncoder<Key>(sink: sink, level: sink.open(CBOR.openMap, at: level)))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        CBORUnkeyedEncoder(sink: sink, level: sink.open(CBOR.openList, at: level))
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    func encodeNil() throws { sink.appendNull() }
    func encode(_ value: Bool) throws { sink.append(bool: value) }
    func encode(_ value: String) throws { sink.append(text: value) }
    func encode(_ value: Double) throws { sink.append(double: value) }
    func encode(_ value: Float) throws { sink.append(double: Double(value)) }
    func encode(_ value: Int) throws { sink.append(integer: value) }
    func encode(_ value: Int8) throws { sink.append(integer: value) }
    func encode(_ value: Int16) throws { sink.append(integer: value) }
    func encode(_ value: Int32) throws { sink.append(integer: value) }
    func encode(_ value: Int64) throws { sink.append(integer: value) }
    func encode(_ value: UInt) throws { sink.append(unsigned: value) }
    func encode(_ value: UInt8) throws { sink.append(unsigned: value) }
    func encode(_ value: UInt16) throws { sink.append(unsigned: value) }
    func encode(_ value: UInt32) throws { sink.append(unsigned: value) }
    func encode(_ value: UInt64) throws { sink.append(unsigned: value) }
    func encode<Value: Encodable>(_ value: Value) throws { try sink.append(value, at: level) }
}

private struct CBORKeyedEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let sink: CBORSink
    let level: Int
    var codingPath: [any CodingKey] { [] }

    private func single(_ key: Key) throws -> CBORValueEncoder {
        try sink.key(key, at: level)
        return CBORValueEncoder(sink: sink, level: level)
    }

    func encodeNil(forKey key: Key) throws { try single(key).encodeNil() }
    func encode(_ value: Bool, forKey key: Key) throws { try single(key).encode(value) }
    func encode(_ value: String, forKey key: Key) throws { try single(key).encode(value) }
    func encode(_ value: Double, forKey key: Key) throws { try single(key).encode(value) }
    func encode(_ value: Float, forKey key: Key) throws { try single(key).encode(value) }
    func encode(_ value: Int, forKey key: Key) throws { try single(key).encode(value) }
    func encode(_ value: Int8, forKey key: Key) throws { try single(key).encode(value) }
    func encode(_ value: Int16, forKey key: Key) throws { try single(key).encode(value) }
    func encode(_ value: Int32, forKey key: Key) throws { try single(key).encode(value) }
    func encode(_ value: Int64, forKey key: Key) throws { try single(key).encode(value) }
    func encode(_ value: UInt, forKey key: Key) throws { try single(key).encode(value) }
    func encode(_ value: UInt8, forKey key: Key) throws { try single(key).encode(value) }
    func encode(_ value: UInt16, forKey key: Key) throws { try single(key).encode(value) }
    func encode(_ value: UInt32, forKey key: Key) throws { try single(key).encode(value) }
    func encode(_ value: UInt64, forKey key: Key) throws { try single(key).encode(value) }
    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws { try single(key).encode(value) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        nested(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { nested(key).unkeyedContainer() }

    func superEncoder() -> any Encoder { preconditionFailure("stored types are no classes") }
    func superEncoder(forKey key: Key) -> any Encoder { preconditionFailure("stored types are no classes") }

    /// The protocol leaves no way to throw here.
    private func nested(_ key: Key) -> CBORValueEncoder {
        do { return try single(key) } catch { preconditionFailure("\(error)") }
    }
}

private struct CBORUnkeyedEncoder: UnkeyedEncodingContainer {
    let sink: CBORSink
    let level: Int
    private(set) var count = 0
    var codingPath: [any CodingKey] { [] }

    init(sink: CBORSink, level: Int) {
        self.sink = sink
        self.level = level
    }

    mutating func encodeNil() throws { try encode(Int?.none) }

    mutating func encode<Value: Encodable>(_ value: Value) throws {
        try sink.append(value, at: level)
        count += 1
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        preconditionFailure("stored types nest no containers in lists")
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        preconditionFailure("stored types nest no containers in lists")
    }

    mutating func superEncoder() -> any Encoder { preconditionFailure("stored types are no classes") }
}
