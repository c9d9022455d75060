/// Why a text is no JSON that is taken. Where a value is wrong for its type, decoding throws `DecodingError`.
package enum JSONFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// Not JSON (RFC 8259), in the words of `reason`; `offset` is the byte where that shows.
    case malformed(_ reason: String, offset: Int)
    /// Two members of an object have the same name: readers would not agree on which one counts.
    case duplicateName(path: [JSONPathPart])
    /// Arrays and objects lie deeper in one another than `JSONDocument.maximumDepth`.
    case tooDeep(offset: Int)
    /// More values and names than `JSONDocument.maximumTokens`, or more bytes than a place in the text can say.
    case tooLarge

    package var description: String {
        switch self {
        case .malformed(let reason, let offset): "\(reason) at byte \(offset)"
        case .duplicateName(let path): "a name is given twice: \(path.last?.stringValue ?? "")"
        case .tooDeep: "arrays and objects lie more than \(JSONDocument.maximumDepth) deep in one another"
        case .tooLarge: "there are more than \(JSONDocument.maximumTokens) values and names"
        }
    }
}

/// A name in an object or an index in an array.
package struct JSONPathPart: CodingKey, Sendable, Hashable {
    package let stringValue: String
    package let intValue: Int?

    package init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    package init(intValue: Int) {
        stringValue = "\(intValue)"
        self.intValue = intValue
    }
}
