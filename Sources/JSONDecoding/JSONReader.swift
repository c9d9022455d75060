import Foundation

/// One value of a document, as `Decodable` types read it. Two words: handing it on costs nothing.
package struct JSONReader: Decoder, SingleValueDecodingContainer {
    /// What a value is.
    package enum Kind: Sendable, Hashable {
        case null, bool, number, string, array, object
    }

    let document: JSONDocument
    let index: Int

    init(_ document: JSONDocument, _ index: Int) {
        self.document = document
        self.index = index
    }

    package var kind: Kind {
        switch document.tokens[index].kind {
        case .null: .null
        case .isFalse, .isTrue: .bool
        case .number: .number
        case .array: .array
        case .object: .object
        case .asciiString, .unicodeString, .escapedString: .string
        }
    }

    /// Found when an error wants it: the document knows where each value lies.
    package var codingPath: [any CodingKey] { document.path(to: index) }
    package var userInfo: [CodingUserInfoKey: Any] { [:] }

    package func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard document.tokens[index].kind == .object else { throw mismatch([String: Any].self) }
        return KeyedDecodingContainer(KeyedJSONReader<Key>(document, index))
    }

    package func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard document.tokens[index].kind == .array else { throw mismatch([Any].self) }
        return UnkeyedJSONReader(document, index)
    }

    package func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    // MARK: values

    package func decodeNil() -> Bool { document.tokens[index].kind == .null }

    package func decode(_ type: Bool.Type) throws -> Bool {
        switch document.tokens[index].kind {
        case .isTrue: return true
        case .isFalse: return false
        default: throw mismatch(type)
        }
    }

    package func decode(_ type: String.Type) throws -> String {
        guard document.tokens[index].kind.isString else { throw mismatch(type) }
        return document.string(index)
    }

    package func decode(_ type: Double.Type) throws -> Double {
        guard document.tokens[index].kind == .number else { throw mismatch(type) }
        guard let value = document.withBytes(of: index, JSONNumber.double) else { throw corrupted("is out of bounds") }
        return value
    }

    package func decode(_ type: Float.Type) throws -> Float {
        let value = Float(try decode(Double.self))
        guard value.isFinite else { throw corrupted("is out of bounds") }
        return value
    }

    package func decode(_ type: Int.Type) throws -> Int { try integer() }
    package func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    package func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    package func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    package func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    package func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    package func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    package func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    package func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    package func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }

    package func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        // Arrays and dictionaries ask for their elements in this general way.
        if type == String.self, let value = try decode(String.self) as? Value { return value }
        if type == Double.self, let value = try decode(Double.self) as? Value { return value }
        if type == Int.self, let value = try decode(Int.self) as? Value { return value }
        if type == Data.self, let value = try data() as? Value { return value }
        return try Value(from: self)
    }

    /// In base 64, as Foundation's encoder writes it.
    private func data() throws -> Data {
        guard let data = Data(base64Encoded: try decode(String.self)) else { throw corrupted("is not base 64") }
        return data
    }

    private func integer<Value: FixedWidthInteger>() throws -> Value {
        guard document.tokens[index].kind == .number else { throw mismatch(Value.self) }
        guard let value = document.withBytes(of: index, { JSONNumber.integer($0, as: Value.self) }) else {
            throw corrupted("expected an integer")
        }
        return value
    }

    // MARK: values of unknown shape

    /// The number if it is whole and fits; `nil` for other values.
    package var exactInteger: Int? {
        guard document.tokens[index].kind == .number else { return nil }
        return document.withBytes(of: index) { JSONNumber.integer($0, as: Int.self) }
    }

    /// The elements of an array; none of anything else.
    package var elements: [JSONReader] {
        guard document.tokens[index].kind == .array else { return [] }
        var next = index + 1
        return (0..<document.tokens[index].count).map { _ in
            defer { next = document.next(after: next) }
            return JSONReader(document, next)
        }
    }

    /// The members of an object; none of anything else.
    package var members: [(name: String, value: JSONReader)] {
        guard document.tokens[index].kind == .object else { return [] }
        var next = index + 1
        return (0..<document.tokens[index].count).map { _ in
            defer { next = document.next(after: next + 1) }
            return (document.string(next), JSONReader(document, next + 1))
        }
    }

    // MARK: errors

    func mismatch(_ type: any Any.Type) -> DecodingError {
        let context = DecodingError.Context(codingPath: codingPath, debugDescription: "it is of another type")
        return decodeNil() ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }

    private func corrupted(_ detail: String) -> DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: codingPath, debugDescription: detail))
    }
}

extension JSONDocument {
    func withBytes<Result>(of index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[tokens[index].byteRange])) }
    }

    func string(_ index: Int) -> String {
        bytes.withUnsafeBufferPointer { JSONText.string(tokens[index], in: $0) }
    }

    /// Whether the name at `index` is `name`, whose bytes are `utf8`.
    func isName(_ index: Int, _ name: String, _ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        let token = tokens[index]
        guard token.kind == .asciiString else { return string(index) == name }
        guard token.byteRange.count == utf8.count else { return false }
        return bytes.withUnsafeBufferPointer { $0[token.byteRange].elementsEqual(utf8) }
    }
}
