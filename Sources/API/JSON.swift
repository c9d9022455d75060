import Foundation
import HTTPServer
import JSONDecoding

/// JSON in and out, in one place: what the wire files mean by it.
enum JSON {
    /// The answers' own types always encode.
    static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        do { return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")] } catch {
            preconditionFailure("an answer does not encode: \(error)")
        }
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws(JSONProblem) -> Value {
        do { return try JSONDocument(parsing: bytes).decode(type) } catch { throw JSONProblem(error) }
    }

    static func response(_ status: Status, _ value: some Encodable, headers: Headers = [:]) -> Response {
        var headers = headers
        headers["Content-Type"] = "application/json"
        return Response(status: status, headers: headers, body: .bytes(encode(value)))
    }
}

/// Where a document is not what it should be: a path such as `tests[2].stdin`, empty for the document itself.
struct JSONProblem: Error, Sendable, Hashable {
    let field: String
    let detail: String

    init(_ error: any Error) {
        switch error {
        case DecodingError.typeMismatch(let type, let context):
            self.init(context.codingPath, "expected \(Self.name(of: type))")
        case DecodingError.valueNotFound(let type, let context):
            self.init(context.codingPath, "must not be null; expected \(Self.name(of: type))")
        case DecodingError.keyNotFound(let key, let context):
            self.init(context.codingPath + [key], "is required")
        case DecodingError.dataCorrupted(let context):
            self.init(context.codingPath, context.debugDescription)
        case JSONFault.duplicateName(let path): self.init(path, "is given twice")
        case let fault as JSONFault: self.init([], "the body is not JSON that is taken: \(fault)")
        default: self.init([], "the body cannot be read")
        }
    }

    init(_ path: [any CodingKey], _ detail: String) {
        field = path.isEmpty ? "body" : Self.string(path)
        self.detail = detail
    }

    static func string(_ path: [any CodingKey]) -> String {
        path.reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else if !key.stringValue.isEmpty,
                key.stringValue.utf8.allSatisfy({ byte in
                    byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20)
                })
            {
                text += text.isEmpty ? key.stringValue : "." + key.stringValue
            } else {
                text += "[\"\(key.stringValue.prefix(128))\"]"
            }
        }
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is Double.Type: "a number"
        case is any FixedWidthInteger.Type: "an integer"
        case is [String: Any].Type: "an object"
        default: "\(type)".hasPrefix("Array") ? "an array" : "an object"
        }
    }
}

extension Decoder {
    /// The fields of an object that has no others: a misspelt field is an error, not a default.
    func strictContainer<Key: CodingKey & CaseIterable>(
        keyedBy type: Key.Type
    ) throws -> KeyedDecodingContainer<Key> {
        let known = Set(Key.allCases.map(\.stringValue))
        for key in try container(keyedBy: JSONPathPart.self).allKeys where !known.contains(key.stringValue) {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: codingPath + [key], debugDescription: "is not a known field"))
        }
        return try container(keyedBy: type)
    }
}

extension KeyedDecodingContainer {
    /// A field that may be absent, but not null.
    func optional<Value: Decodable>(_ key: Key) throws -> Value? {
        guard contains(key) else { return nil }
        return try decode(Value.self, forKey: key)
    }
}
