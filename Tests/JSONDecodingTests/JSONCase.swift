import Testing

/// A text, and whether it is JSON that is taken.
struct JSONCase: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]

    init(_ name: String, _ text: String) { self.init(name, Array(text.utf8)) }

    init(_ name: String, _ bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    var testDescription: String { name }

    private static func quoted(_ bytes: [UInt8]) -> [UInt8] { [0x22] + bytes + [0x22] }

    static let taken: [JSONCase] = [
        .init("null", "null"), .init("true", "true"), .init("false", "false"), .init("zero", "0"),
        .init("minus zero", "-0"), .init("an integer", "42"), .init("a fraction", "-0.5"), .init("an exponent", "1e5"),
        .init("a large E", "1E+5"), .init("a small exponent", "1e-5"), .init("zero with an exponent", "0e1"),
        .init("leading zeros in the exponent", "1e005"), .init("many digits", String(repeating: "1", count: 300)),
        .init("an empty string", #""""#), .init("a string", #""text""#),
        .init("every short escape", #""\"\\\/\b\f\n\r\t""#),
        .init("an escape of four digits", #""\u00e9""#), .init("large hexadecimal digits", #""\u00E9""#),
        .init("an escaped NUL", #""\u0000""#), .init("an escaped pair", #""\ud83d\ude00""#),
        .init("the last pair", #""\udbff\udfff""#), .init("a noncharacter", #""\uffff""#),
        .init("a delete character", quoted([0x7f])), .init("two bytes", quoted([0xc3, 0xa9])),
        .init("three bytes", quoted([0xe2, 0x82, 0xac])), .init("four bytes", quoted([0xf0, 0x9f, 0x98, 0x80])),
        .init("the last scalar", quoted([0xf4, 0x8f, 0xbf, 0xbf])),
        .init("before the surrogates", quoted([0xed, 0x9f, 0xbf])),
        .init("a line separator", quoted([0xe2, 0x80, 0xa8])),
        .init("an empty array", "[]"), .init("an array", "[1,2,3]"), .init("arrays", "[[],[[]]]"),
        .init("an array of everything", #"[null,true,false,1,"a",[],{}]"#), .init("an empty object", "{}"),
        .init("an object", #"{"a":1,"b":2}"#), .init("an empty name", #"{"":1}"#),
        .init("names in two objects", #"[{"a":1},{"a":2}]"#), .init("the same name deeper", #"{"a":{"a":1}}"#),
        .init("names that differ in case", #"{"a":1,"A":2}"#), .init("an escape in a name", #"{"\u0061":1,"b":2}"#),
        .init("all white space", " \t\r\n{ \"a\" \t:\r\n[ 1 , 2 ] } \n"),
        .init("a byte order mark", [0xef, 0xbb, 0xbf] + Array("[]".utf8)),
        .init("as deep as may be", String(repeating: "[", count: 128) + String(repeating: "]", count: 128)),
        .init("depth is not breadth", "[" + String(repeating: "[],", count: 500) + "[]]"),
        .init(
            "a quote at each place of a word",
            "[" + (0..<17).map { "\"" + String(repeating: "x", count: $0) + "\"" }.joined(separator: ",") + "]"),
        .init("many members", "{" + (0..<100).map { "\"n\($0)\":\($0)" }.joined(separator: ",") + "}"),
    ]

    static let refused: [JSONCase] = [
        .init("nothing", ""), .init("white space", "  \n"), .init("a byte order mark alone", [0xef, 0xbb, 0xbf]),
        .init("UTF-16", [0x22, 0, 0x61, 0, 0x22, 0]), .init("two documents", "1 2"), .init("a comma after", "[],"),
        .init("a bracket after", "[]]"), .init("a NUL after", "[]\0"), .init("a word", "nul"),
        .init("a longer word", "nulll"),
        .init("a word in capitals", "True"), .init("no number", "NaN"), .init("infinity", "Infinity"),
        .init("a sign", "-"),
        .init("a plus", "+1"), .init("a leading zero", "01"), .init("a leading zero after a minus", "-01"),
        .init("a point first", ".5"), .init("a point last", "1."), .init("no fraction", "1.e1"),
        .init("no exponent", "1e"),
        .init("a sign for an exponent", "1e+"), .init("hexadecimal", "0x10"), .init("a separator", "1_000"),
        .init("other digits", "١"), .init("an open string", "\"a"), .init("an open escape", "\"\\"),
        .init("single quotes", "'a'"),
        .init("no quotes", "a"), .init("a tab in a string", "\"\t\""), .init("a line feed in a string", "\"\n\""),
        .init("a NUL in a string", quoted([0])), .init("0x1f in a string", quoted([0x1f])),
        .init("0x1f after seven letters", quoted(Array("1234567".utf8) + [0x1f])),
        .init("an unknown escape", #""\x41""#),
        .init("an escaped quote", #""\'""#), .init("a large U", #""\U0041""#), .init("three digits", #""\u004""#),
        .init("no digits", #""\u00g0""#), .init("a signed escape", #""\u+041""#), .init("half a pair", #""\ud83d""#),
        .init("the other half", #""\ude00""#), .init("halves in the wrong order", #""\ude00\ud83d""#),
        .init("half a pair and a letter", #""\ud83da""#), .init("half a pair and an escape", #""\ud83d\n""#),
        .init("two first halves", #""\ud83d\ud83d""#), .init("a lone continuation", quoted([0x80])),
        .init("an open sequence", quoted([0xc3])), .init("a sequence cut by the end", [0x22, 0xe2, 0x82]),
        .init("two bytes for one", quoted([0xc0, 0xaf])), .init("two bytes for a letter", quoted([0xc1, 0x81])),
        .init("three bytes for two", quoted([0xe0, 0x80, 0xaf])),
        .init("four bytes for three", quoted([0xf0, 0x80, 0x80, 0xaf])),
        .init("an encoded surrogate", quoted([0xed, 0xa0, 0x80])),
        .init("beyond Unicode", quoted([0xf4, 0x90, 0x80, 0x80])),
        .init("0xf5", quoted([0xf5, 0x80, 0x80, 0x80])), .init("0xff", quoted([0xff])),
        .init("Latin-1", quoted([0xe9, 0x74])),
        .init("bytes between values", "[1\u{a0}]"), .init("a form feed between values", "[1\u{c}]"),
        .init("an open array", "[1"),
        .init("an open array after a comma", "[1,"), .init("a comma first", "[,1]"), .init("a comma last", "[1,]"),
        .init("two commas", "[1,,2]"),
        .init("no comma", "[1 2]"), .init("a colon in an array", "[1:2]"), .init("the wrong bracket", "[1}"),
        .init("the other wrong bracket", #"{"a":1]"#),
        .init("a closing bracket", "]"), .init("an open object", "{"), .init("an open object after a name", #"{"a""#),
        .init("an open object after a colon", #"{"a":"#), .init("an open object after a value", #"{"a":1"#),
        .init("no colon", #"{"a" 1}"#), .init("two colons", #"{"a"::1}"#), .init("no value", #"{"a":}"#),
        .init("no name", "{:1}"),
        .init("a comma at an object's start", #"{,"a":1}"#), .init("a comma at an object's end", #"{"a":1,}"#),
        .init("a number for a name", "{1:2}"), .init("a word for a name", "{null:2}"),
        .init("a name without quotes", "{a:2}"),
        .init("a comment", "[1/**/]"), .init("a line comment", "[1]//"), .init("a name twice", #"{"a":1,"a":1}"#),
        .init("a name twice, once escaped", #"{"a":1,"\u0061":2}"#),
        .init("a name twice in other forms", "{\"\u{e9}\":1,\"e\u{301}\":2}"),
        .init("a name twice among many", "{" + (0..<100).map { "\"n\($0 % 99)\":\($0)" }.joined(separator: ",") + "}"),
        .init("deeper than may be", String(repeating: "[", count: 129) + String(repeating: "]", count: 129)),
        .init("endlessly deep", String(repeating: "[", count: 1_000_000)),
        .init("endlessly deep objects", String(repeating: #"{"a":"#, count: 1_000_000)),
    ]
}
