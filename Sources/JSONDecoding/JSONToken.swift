/// One value, or one name of an object, as a place in the text. The tokens of a document lie in one array, in the order
/// of the text: an object is followed by name, value, name, value; an array by its elements.
struct JSONToken {
    enum Kind: UInt8 {
        case null, isFalse, isTrue, number, array, object
        /// A string as it stands: ASCII without escapes, or UTF-8 without escapes.
        case asciiString, unicodeString
        case escapedString

        var isString: Bool { rawValue >= Kind.asciiString.rawValue }
    }

    let kind: Kind
    /// The first byte, of a string without its quote; of an array or object its number of elements or members.
    var start: UInt32
    /// The byte after the last, of a string without its quote; of an array or object the token after its last.
    var end: UInt32
    /// The array or object that it lies in; `noParent` for the document itself.
    let parent: UInt32
    /// Which element or member of it this is, from 0.
    let ordinal: UInt32

    static let noParent = UInt32.max

    var byteRange: Range<Int> { Int(start)..<Int(end) }
    var count: Int { Int(start) }
    var isContainer: Bool { kind == .array || kind == .object }
}
