import Foundation
import JSONDecoding
import Testing

/// What is JSON and what is not.
@Suite struct JSONDocumentTests {
    @Test(arguments: JSONCase.taken) func takes(_ text: JSONCase) throws {
        _ = try JSONDocument(parsing: text.bytes).decode(Shape.self)
    }

    @Test(arguments: JSONCase.refused) func refuses(_ text: JSONCase) {
        #expect(throws: JSONFault.self) { try JSONDocument(parsing: text.bytes) }
    }

    /// Every beginning of a document is no document, and none is read beyond its end.
    @Test func refusesEveryBeginning() throws {
        let text = Array(#"{"name":"a\u00e9é","list":[1.5e3,true,null,{"x":"\ud83d\ude00"}]}"#.utf8)
        _ = try JSONDocument(parsing: text)
        for length in 0..<text.count {
            #expect(throws: JSONFault.self, "\(length)") { try JSONDocument(parsing: Array(text[..<length])) }
        }
    }

    @Test func saysWhereItIsWrong() {
        #expect(throws: JSONFault.malformed("a comma or the end of an array or object is missing", offset: 3)) {
            try JSONDocument(parsing: Array("[1 2]".utf8))
        }
        let path = [JSONPathPart(stringValue: "a"), JSONPathPart(intValue: 1), JSONPathPart(stringValue: "b")]
        #expect(throws: JSONFault.duplicateName(path: path)) {
            try JSONDocument(parsing: Array(#"{"a":[0,{"b":1,"c":2,"b":3}]}"#.utf8))
        }
    }

    @Test func boundsDepth() throws {
        let most = JSONDocument.maximumDepth
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        _ = try JSONDocument(parsing: nested(most))
        #expect(throws: JSONFault.tooDeep(offset: most)) { try JSONDocument(parsing: nested(most + 1)) }
    }

    @Test func boundsValues() throws {
        func zeros(_ count: Int) -> [UInt8] {
            [UInt8(ascii: "[")]
                + Array(repeatElement([UInt8(ascii: "0"), UInt8(ascii: ",")], count: count - 1).joined())
                + [UInt8(ascii: "0"), UInt8(ascii: "]")]
        }
        // The array itself is one.
        _ = try JSONDocument(parsing: zeros(JSONDocument.maximumTokens - 1))
        #expect(throws: JSONFault.tooLarge) { try JSONDocument(parsing: zeros(JSONDocument.maximumTokens)) }
    }

    /// Foundation takes what is taken here and makes the same of it, and the other way round.
    @Test func agreesWithFoundation() throws {
        var maker = DocumentMaker(seed: 4)
        for _ in 0..<1500 {
            let text = maker.document()
            let bytes = Array(text.utf8)
            #expect(Shape.ours(bytes) == Shape.foundation(bytes), "\(text)")
        }
    }

    /// Damaged documents never crash the parser; where both take one they make the same of it.
    @Test func survivesDamage() throws {
        var maker = DocumentMaker(seed: 8)
        var taken = 0
        for _ in 0..<4000 {
            let document = Array(maker.document().utf8)
            let bytes = maker.damaged(document)
            guard let ours = Shape.ours(bytes), let theirs = Shape.foundation(bytes) else { continue }
            taken += 1
            #expect(ours == theirs, "\(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(taken > 100)
    }

    @Test func survivesNoise() {
        var maker = DocumentMaker(seed: 15)
        let alphabet = Array(#"{}[]",:\u0e-. tn"#.utf8) + [0, 0x80, 0xc3, 0xf0, 0xff]
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0..<24, using: &maker)).map { _ in
                alphabet.randomElement(using: &maker) ?? 0
            }
            if let ours = Shape.ours(bytes), let theirs = Shape.foundation(bytes) { #expect(ours == theirs) }
        }
    }
}
