/// The elements of an array, in order.
struct UnkeyedJSONReader: UnkeyedDecodingContainer {
    private let document: JSONDocument
    private let array: Int
    private var index: Int
    private(set) var currentIndex = 0

    init(_ document: JSONDocument, _ array: Int) {
        self.document = document
        self.array = array
        index = array + 1
    }

    var codingPath: [any CodingKey] { document.path(to: array) }
    var count: Int? { document.tokens[array].count }
    var isAtEnd: Bool { currentIndex == document.tokens[array].count }

    mutating func decodeNil() throws -> Bool {
        guard try reader(of: Any?.self).decodeNil() else { return false }
        advance()
        return true
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try take { try $0.decode(type) } }
    mutating func decode(_ type: String.Type) throws -> String { try take { try $0.decode(type) } }
    mutating func decode(_ type: Double.Type) throws -> Double { try take { try $0.decode(type) } }
    mutating func decode(_ type: Float.Type) throws -> Float { try take { try $0.decode(type) } }
    mutating func decode(_ type: Int.Type) throws -> Int { try take { try $0.decode(type) } }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try take { try $0.decode(type) } }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try take { try $0.decode(type) } }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try take { try $0.decode(type) } }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try take { try $0.decode(type) } }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try take { try $0.decode(type) } }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try take { try $0.decode(type) } }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try take { try $0.decode(type) } }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try take { try $0.decode(type) } }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try take { try $0.decode(type) } }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try take { try $0.decode(type) } }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try take { try $0.container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try take { try $0.unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder { try take { $0 } }

    /// The next element stays the next when `body` throws.
    private mutating func take<Value>(_ body: (JSONReader) throws -> Value) throws -> Value {
        let value = try body(reader(of: Value.self))
        advance()
        return value
    }

    private func reader(of type: any Any.Type) throws -> JSONReader {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                type,
                DecodingError.Context(
                    codingPath: codingPath + [JSONPathPart(intValue: currentIndex)],
                    debugDescription: "the array has ended"))
        }
        return JSONReader(document, index)
    }

    private mutating func advance() {
        index = document.next(after: index)
        currentIndex += 1
    }
}
