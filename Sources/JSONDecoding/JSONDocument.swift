/// A text that was found to be JSON, and where each of its values lies. Values are made of it when they are asked for.
///
/// Strict: RFC 8259 in UTF-8 and nothing else. Names that an object gives twice, surrogates without their other half
/// and bytes that are not UTF-8 are faults; a byte order mark is passed over, as the RFC allows.
package final class JSONDocument: Sendable {
    let bytes: [UInt8]
    let tokens: [JSONToken]

    /// How deep arrays and objects may lie in one another: whoever walks the document recursively has a bounded stack.
    package static let maximumDepth = 128
    /// Values and names in a document: 20 bytes each, so that small values cannot make much of little.
    package static let maximumTokens = 1_000_000

    package init(parsing bytes: [UInt8]) throws(JSONFault) {
        self.bytes = bytes
        // Not inside a closure that could not throw this type.
        let result = bytes.withUnsafeBufferPointer { bytes -> Result<[JSONToken], JSONFault> in
            var parser = JSONParser(bytes)
            do throws(JSONFault) { return .success(try parser.parse()) } catch { return .failure(error) }
        }
        tokens = try result.get()
    }

    /// Reads the document as `type`. Numbers that `type` cannot hold exactly (integers) or at all are errors.
    package func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try root.decode(type) }

    package var root: JSONReader { JSONReader(self, 0) }

    /// The token after `index` and all that lies in it.
    func next(after index: Int) -> Int {
        let token = tokens[index]
        return token.isContainer ? Int(token.end) : index + 1
    }

    /// The way from the root to the value at `index`.
    func path(to index: Int) -> [JSONPathPart] {
        var parts: [JSONPathPart] = []
        var index = index
        while tokens[index].parent != JSONToken.noParent {
            let parent = Int(tokens[index].parent)
            if tokens[parent].kind == .array {
                parts.append(JSONPathPart(intValue: Int(tokens[index].ordinal)))
            } else {
                parts.append(JSONPathPart(stringValue: string(index - 1)))
            }
            index = parent
        }
        return parts.reversed()
    }
}
