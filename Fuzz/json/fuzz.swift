/// libFuzzer's entry for the JSON parser. What must hold for every input, beside that nothing crashes:
/// - a document that is taken can be read whole, and written anew it is the same document;
/// - it is no longer one when a byte that ends nothing follows;
/// - asking it for what it is not is an error and never a value.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let document: JSONDocument
    do throws(JSONFault) { document = try JSONDocument(parsing: bytes) } catch {
        if case .malformed(_, let offset) = error { precondition((0...bytes.count).contains(offset), "a place outside") }
        return 0
    }
    precondition((try? JSONDocument(parsing: bytes + [UInt8(ascii: "]")])) == nil, "two documents are one")
    let shape = Shape(document.root)
    var text: [UInt8] = []
    shape.write(to: &text)
    guard let again = try? JSONDocument(parsing: text) else { fatalError("what was written is not read") }
    precondition(Shape(again.root) == shape, "what was written is another document")
    checkTypes(document, shape)
    return 0
}

private func checkTypes(_ document: JSONDocument, _ shape: Shape) {
    let isString = if case .string = shape { true } else { false }
    let isNumber = if case .number = shape { true } else { false }
    let isArray = if case .array = shape { true } else { false }
    precondition(((try? document.decode(String.self)) != nil) == isString)
    if (try? document.decode(Int.self)) != nil || (try? document.decode(Double.self)) != nil { precondition(isNumber) }
    if (try? document.decode([Int?].self)) != nil { precondition(isArray) }
    _ = try? document.decode([String: [String: Double?]].self)
}

private indirect enum Shape: Equatable {
    case null
    case bool(Bool)
    /// `nil` for a number beyond all that can be held.
    case number(Double?)
    case string(String)
    case array([Shape])
    case object([String: Shape])

    init(_ reader: JSONReader) {
        func value<Value: Decodable>() -> Value? { try? reader.decode(Value.self) }
        switch reader.kind {
        case .null: self = .null
        case .bool: self = .bool(value() ?? false)
        case .number: self = .number(value())
        case .string:
            guard let string: String = value() else { fatalError("a string that is none") }
            self = .string(string)
        case .array: self = .array(reader.elements.map(Shape.init))
        case .object:
            let members = reader.members
            let fields = Dictionary(members.map { ($0.name, Shape($0.value)) }) { _, _ in fatalError("a name twice") }
            self = .object(fields)
        }
    }

    func write(to text: inout [UInt8]) {
        switch self {
        case .null: text += Array("null".utf8)
        case .bool(let value): text += Array("\(value)".utf8)
        case .number(let value): text += Array((value.map { "\($0)" } ?? "1e999").utf8)
        case .string(let value): Self.write(value, to: &text)
        case .array(let items):
            text.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                item.write(to: &text)
            }
            text.append(UInt8(ascii: "]"))
        case .object(let fields):
            text.append(UInt8(ascii: "{"))
            for (index, field) in fields.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                Self.write(field.key, to: &text)
                text.append(UInt8(ascii: ":"))
                field.value.write(to: &text)
            }
            text.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ string: String, to text: inout [UInt8]) {
        text.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                let digits = Array("0123456789abcdef".utf8)
                text += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            } else {
                text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
    }
}
