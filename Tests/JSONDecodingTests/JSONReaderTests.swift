import Foundation
import JSONDecoding
import Testing

/// What values become, and what errors say.
@Suite struct JSONReaderTests {
    private func read<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try JSONDocument(parsing: Array(text.utf8)).decode(type)
    }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("7", 7), ("-7", -7), ("7.0", 7), ("7e2", 700), ("7.50e1", 75), ("700e-2", 7),
        ("1e18", 1_000_000_000_000_000_000), ("9007199254740993", 9_007_199_254_740_993),
        ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min), ("0e400", 0), ("0.000e-400", 0),
        ("9223372036854775807.000", Int.max), ("922337203685477580700e-2", Int.max),
    ])
    func readsIntegers(_ text: String, _ value: Int) throws { #expect(try read(Int.self, text) == value) }

    @Test(arguments: [
        "0.5", "1e-1", "9223372036854775808", "-9223372036854775809", "1e19", "1e400", "9223372036854775807.5",
        "100000000000000000000000000000001e-31",
    ])
    func refusesWhatIsNoInteger(_ text: String) {
        #expect(throws: DecodingError.self) { try read(Int.self, text) }
    }

    @Test func integersFitTheirType() throws {
        #expect(try read(UInt8.self, "255") == 255)
        #expect(try read(Int8.self, "-128") == -128)
        #expect(try read(UInt64.self, "18446744073709551615") == .max)
        #expect(try read(UInt64.self, "18446744073709551610") == .max - 5)
        #expect(throws: DecodingError.self) { try read(UInt8.self, "256") }
        #expect(throws: DecodingError.self) { try read(UInt8.self, "-1") }
        #expect(throws: DecodingError.self) { try read(Int8.self, "-129") }
        #expect(throws: DecodingError.self) { try read(UInt64.self, "18446744073709551616") }
    }

    @Test(arguments: [
        "0", "-0", "0.1", "1.5", "123456789.125", "1e22", "1e23", "9007199254740993", "2.2250738585072014e-308",
        "5e-324",
        "1.7976931348623157e308", "0.1e-5", "179769313486231570000000000000000000000e270", "1e-400",
        "0.30000000000000004", "8.41e21", "9.5367431640625e-7", "6929495644600919.5", "3.5844466002796428e+298",
        "1.00000000000000011102230246251565404236316680908203125",
        "1.00000000000000011102230246251565404236316680908203124",
    ])
    func readsTheNearestNumber(_ text: String) throws {
        let value = try read(Double.self, text)
        #expect(value == strtod(text, nil))
        #expect(value.sign == (text.hasPrefix("-") ? .minus : .plus))
    }

    @Test func refusesNumbersBeyondAll() {
        #expect(throws: DecodingError.self) { try read(Double.self, "1e309") }
        #expect(throws: DecodingError.self) { try read(Double.self, "-1e99999999999999999999") }
        #expect(throws: DecodingError.self) { try read(Float.self, "1e39") }
    }

    @Test func readsStrings() throws {
        #expect(try read(String.self, #""""#) == "")
        #expect(try read(String.self, #""\"\\\/\b\f\n\r\t""#) == "\"\\/\u{8}\u{c}\n\r\t")
        #expect(try read(String.self, #""a\u00e9\u20ac\ud83d\ude00\u0000z""#) == "aé€😀\0z")
        #expect(try read(String.self, "\"\u{feff}é\"") == "\u{feff}é")
        let long = String(repeating: "0123456789abcde\\n", count: 1000)
        #expect(try read(String.self, "\"\(long)\"").utf8.count == 16_000)
    }

    @Test func readsDataInBase64() throws {
        #expect(try read(Data.self, #""AP8=""#) == Data([0, 255]))
        #expect(try read([String: Data].self, #"{"a":""}"#) == ["a": Data()])
        #expect(throws: DecodingError.self) { try read(Data.self, #""*""#) }
        #expect(throws: DecodingError.self) { try read(Data.self, "[1]") }
    }

    struct Everything: Decodable, Equatable {
        struct Inner: Decodable, Equatable {
            var flag: Bool
            var word: String?
        }

        var first: Int
        var second: [Double]
        var third: [String: Inner]
        var fourth: Inner?
        var fifth: [[Int?]]
        var sixth: Float
        var seventh: [UInt8]
    }

    @Test func readsTypesInAnyOrderOfNames() throws {
        let text = #"""
            {"seventh":[1,2,255],"unknown":[{}],"third":{"b":{"flag":true,"word":null},"a":{"word":"w","flag":false}},
             "sixth":0.5,"fifth":[[1,null],[]],"second":[],"\u0066irst":-3}
            """#
        let wanted = Everything(
            first: -3, second: [], third: ["a": .init(flag: false, word: "w"), "b": .init(flag: true)],
            fifth: [[1, nil], []],
            sixth: 0.5, seventh: [1, 2, 255])
        #expect(try read(Everything.self, text) == wanted)
        #expect(try JSONDecoder().decode(Everything.self, from: Data(text.utf8)) == wanted)
    }

    struct Nested: Decodable {
        let sum: Int

        private enum Keys: String, CodingKey { case outer, list, value }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            let inner = try container.nestedContainer(keyedBy: Keys.self, forKey: .outer)
            var list = try container.nestedUnkeyedContainer(forKey: .list)
            var sum = try inner.decode(Int.self, forKey: .value)
            #expect(list.count == 3)
            sum += try list.nestedContainer(keyedBy: Keys.self).decode(Int.self, forKey: .value)
            #expect(throws: DecodingError.self) { try list.decode(String.self) }
            sum += try list.decode(Int.self)
            #expect(try list.decodeNil())
            #expect(list.isAtEnd)
            #expect(throws: DecodingError.self) { try list.decode(Int.self) }
            #expect(!container.contains(.value))
            #expect(container.allKeys == [.list, .outer])
            self.sum = sum
        }
    }

    @Test func readsNestedContainers() throws {
        #expect(try read(Nested.self, #"{"list":[{"value":1},2,null],"outer":{"value":4}}"#).sum == 7)
    }

    private func place(_ type: any Decodable.Type, _ text: String) -> (kind: String, path: String)? {
        do {
            _ = try JSONDocument(parsing: Array(text.utf8)).decode(type)
            return nil
        } catch {
            func path(_ context: DecodingError.Context) -> String {
                context.codingPath.map(\.stringValue).joined(separator: "/")
            }
            switch error {
            case DecodingError.typeMismatch(_, let context): return ("type", path(context))
            case DecodingError.valueNotFound(_, let context): return ("null", path(context))
            case DecodingError.keyNotFound(let key, let context): return ("missing \(key.stringValue)", path(context))
            case DecodingError.dataCorrupted(let context): return ("corrupted", path(context))
            default: return nil
            }
        }
    }

    @Test func errorsNameThePlace() throws {
        let cases: [(String, String, String)] = [
            ("[]", "type", ""), ("null", "null", ""), ("{}", "missing first", ""), (#"{"first":"1"}"#, "type", "first"),
            (#"{"first":1.5}"#, "corrupted", "first"), (#"{"first":1,"second":[1,2,"3"]}"#, "type", "second/2"),
            (#"{"first":1,"second":[1,null]}"#, "null", "second/1"),
            (#"{"first":1,"second":[1e999]}"#, "corrupted", "second/0"),
            (#"{"first":1,"second":[],"third":{"x":{}}}"#, "missing flag", "third/x"),
            (#"{"first":1,"second":[],"third":{"x":{"flag":0}}}"#, "type", "third/x/flag"),
            (#"{"first":1,"second":[],"third":{},"fifth":[[],[0,{}]]}"#, "type", "fifth/1/1"),
        ]
        for (text, kind, path) in cases {
            let found = try #require(place(Everything.self, text), "\(text)")
            #expect(found == (kind, path), "\(text)")
        }
    }

    /// Asking a value for type after type, as types of unknown shape do, costs the same at the end of a long array as at
    /// its beginning.
    @Test func failedAttemptsStayCheap() throws {
        let text = "[" + repeatElement("{\"a\":1}", count: 20_000).joined(separator: ",") + "]"
        let start = ContinuousClock.now
        guard case .array(let items)? = Shape.ours(Array(text.utf8)) else {
            Issue.record("it is an array")
            return
        }
        #expect(items.count == 20_000)
        // Seconds at most even on a busy machine; were it quadratic it would be minutes.
        #expect(ContinuousClock.now - start < .seconds(60))
    }
}
