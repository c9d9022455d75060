/// The members of an object. Names are looked for from where the last one was found: whoever asks in the order of the
/// text finds each at once.
final class KeyedJSONReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let document: JSONDocument
    private let object: Int
    /// The name that was found last.
    private var name: Int

    init(_ document: JSONDocument, _ object: Int) {
        self.document = document
        self.object = object
        name = object + 1
    }

    var codingPath: [any CodingKey] { document.path(to: object) }

    var allKeys: [Key] {
        var keys: [Key] = []
        keys.reserveCapacity(document.tokens[object].count)
        var name = object + 1
        for _ in 0..<document.tokens[object].count {
            if let key = Key(stringValue: document.string(name)) { keys.append(key) }
            name = document.next(after: name + 1)
        }
        return keys
    }

    func contains(_ key: Key) -> Bool { find(key) != nil }
    func decodeNil(forKey key: Key) throws -> Bool { try value(key).decodeNil() }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try value(key).decode(type) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try value(key).decode(type) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try value(key).decode(type) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try value(key).decode(type) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try value(key).decode(type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try value(key).decode(type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try value(key).decode(type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try value(key).decode(type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try value(key).decode(type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try value(key).decode(type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try value(key).decode(type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try value(key).decode(type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try value(key).decode(type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try value(key).decode(type) }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try value(key).decode(type)
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try value(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try value(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { JSONReader(document, object) }
    func superDecoder(forKey key: Key) throws -> any Decoder { try value(key) }

    private func value(_ key: Key) throws -> JSONReader {
        guard let index = find(key) else {
            throw DecodingError.keyNotFound(
                key, DecodingError.Context(codingPath: codingPath, debugDescription: "it is not there"))
        }
        return JSONReader(document, index)
    }

    /// The value of the member `key`.
    private func find(_ key: Key) -> Int? {
        let end = document.next(after: object)
        guard end > object + 1 else { return nil }
        var text = key.stringValue
        return text.withUTF8 { utf8 in
            let key = key.stringValue
            let first = name
            repeat {
                if document.isName(name, key, utf8) { return name + 1 }
                name = document.next(after: name + 1)
                if name == end { name = object + 1 }
            } while name != first
            return nil
        }
    }
}
