import JSONDecoding

/// Any JSON, for interfaces whose fields are read leniently or chosen by the client. An object keeps no order.
enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    subscript(name: String) -> JSONValue? {
        guard case .object(let fields) = self else { return nil }
        return fields[name]
    }

    /// `nil` unless it is a string.
    var string: String? { if case .string(let string) = self { string } else { nil } }

    /// `nil` unless it is an array.
    var array: [JSONValue]? { if case .array(let array) = self { array } else { nil } }

    /// A number, also one that is written as a string.
    var numberValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .string(let text): Double(text.filter { $0 != " " })
        default: nil
        }
    }
}

extension JSONValue: Codable {
    init(from decoder: any Decoder) throws {
        guard let reader = decoder as? JSONReader else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "it is read by JSONReader only")
            )
        }
        try self.init(reader)
    }

    private init(_ reader: JSONReader) throws {
        switch reader.kind {
        case .null: self = .null
        case .bool: self = .bool(try reader.decode(Bool.self))
        case .number:
            if let value = reader.exactInteger {
                self = .integer(value)
            } else {
                self = .number(try reader.decode(Double.self))
            }
        case .string: self = .string(try reader.decode(String.self))
        case .array: self = .array(try reader.elements.map(JSONValue.init))
        case .object:
            self = .object(try Dictionary(reader.members.map { ($0, try JSONValue($1)) }) { $1 })
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int) { self = .integer(value) }
    init(floatLiteral value: Double) { self = .number(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { $1 })
    }

    /// `null` where there is nothing.
    init(_ string: String?) { self = string.map(JSONValue.string) ?? .null }
    init(_ integer: Int?) { self = integer.map(JSONValue.integer) ?? .null }
    init(_ number: Double?) { self = number.map(JSONValue.number) ?? .null }
}
