import Core
import Grading
import Testing

@Suite struct CheckerTests {
    static func check(_ checker: Checker, _ expected: String, _ actual: String) -> CheckResult {
        checker.check(expected: Array(expected.utf8), actual: Array(actual.utf8))
    }

    // MARK: What is accepted

    @Test(arguments: ["", "a", "a\n", "a\n\n b", "\0\u{1}", "ü\n"])
    func exactAcceptsTheSameBytes(_ text: String) {
        #expect(Self.check(.exact, text, text) == Self.check(.exact, "", ""))
    }

    @Test(arguments: [
        ("a\n", "a"), ("a\n", "a \t\r\n"), ("a\nb\n", "a\r\nb"), ("", "\n \n\t"), ("a\n\n\n", "a"), ("\na", "  \na"),
        ("a\n\nb", "a\n   \nb\n\n"), ("a\u{b}\u{c}", "a"),
    ])
    func trimmedIgnoresEnds(_ expected: String, _ actual: String) {
        #expect(Self.check(.trimmed, expected, actual).isAccepted)
        #expect(Self.check(.trimmed, actual, expected).isAccepted)
        #expect(!Self.check(.exact, expected, actual).isAccepted)
    }

    @Test(arguments: [
        ("a", " a"), ("a b", "a  b"), ("a\nb", "\na\nb"), ("a\nb", "a\n\nb"), ("a", "a\0"), ("a", "A"),
        ("a", "a\u{a0}"),
    ])
    func trimmedMindsTheRest(_ expected: String, _ actual: String) {
        #expect(!Self.check(.trimmed, expected, actual).isAccepted)
        #expect(!Self.check(.trimmed, actual, expected).isAccepted)
    }

    @Test(arguments: [("a b", "\n a\t\tb\r\n"), ("", " \n"), ("1\n2\n3", "1 2 3"), ("a\u{b}b", "a\u{c}b")])
    func tokensIgnoreSpace(_ expected: String, _ actual: String) {
        #expect(Self.check(.tokens, expected, actual).isAccepted)
        #expect(Self.check(.tokens, actual, expected).isAccepted)
    }

    @Test(arguments: [("a b", "ab"), ("a", "a a"), ("a", ""), ("a", "b"), ("1", "1.0"), ("ab", "a"), ("a", "a\0")])
    func tokensMindWords(_ expected: String, _ actual: String) {
        #expect(!Self.check(.tokens, expected, actual).isAccepted)
        #expect(!Self.check(.tokens, actual, expected).isAccepted)
    }

    // MARK: Numbers

    @Test(arguments: [
        ("1", "1.0"), ("1", "+1"), ("1", "1."), (".5", "0.5"), ("-0", "0"), ("100", "1e2"), ("100", "1E+02"),
        ("0", "1e-999"), ("1", "1.0000001"), ("1", "0.9999999"), ("x 1 y", "x  1.0 y"), ("nan", "nan"),
        ("1e999", "1e999"), ("000000000000000000000000001", "1"),
        ("123456789012345678901", "1.23456789012345678901e20"),
        ("0x10", "0x10"),
    ])
    func numbersCompareByValue(_ expected: String, _ actual: String) {
        let checker = Checker.numbers(absolute: 1e-6, relative: 0)
        #expect(Self.check(checker, expected, actual).isAccepted)
        #expect(Self.check(checker, actual, expected).isAccepted)
    }

    @Test(arguments: [
        ("1", "1.00001"), ("1", "nan"), ("nan", "NaN"), ("nan", "-nan"), ("1e308", "inf"), ("inf", "infinity"),
        ("1e999", "inf"), ("1e999", "2e999"), ("16", "0x10"), ("1000", "1_000"), ("1.5", "1,5"), ("1", "1x"),
        ("1", "--1"), ("1", "1e"), ("1", "1e+"), ("0", "."), ("0", "-"), ("0", "+."), ("0", "e1"), ("1", "1f"),
        ("1", "١"), ("1 2", "1"), ("1", "1\0"), ("1", "1.0.0"),
    ])
    func whatIsNoNumberIsAWord(_ expected: String, _ actual: String) {
        let checker = Checker.numbers(absolute: 1e-6, relative: 1e-6)
        #expect(!Self.check(checker, expected, actual).isAccepted)
        #expect(!Self.check(checker, actual, expected).isAccepted)
    }

    @Test(arguments: [
        (1e-3, 0.0, "1000", "1000.001", true), (1e-3, 0.0, "1000", "1000.002", false),
        (0.0, 1e-3, "1000", "1001", true), (0.0, 1e-3, "1000", "1001.1", false), (0.0, 1e-3, "0", "1e-300", false),
        (0.5, 1e-3, "1000", "1000.9", true), (0.5, 1e-3, "100", "100.4", true), (0.0, 0.0, "2", "2.000", true),
        (0.0, 0.0, "2", "2.0000000000001", false), (0.0, 0.25, "4", "5", true), (0.0, 0.25, "5", "4", true),
        (0.0, 0.24, "5", "4", true), (0.0, 0.2, "4", "5", false),
        (0.0, 0.0, "9007199254740993", "9007199254740992", false),
        (1.0, 0.0, "9007199254740993", "9007199254740992", true),
        (0.0, 0.0, "-999999999999999999", "999999999999999999", false), (1e300, 0.0, "-1e308", "1e308", false),
        (Double.nan, Double.nan, "1", "1.5", false),
    ])
    func eitherToleranceSuffices(
        _ absolute: Double, _ relative: Double, _ expected: String, _ actual: String, _ isAccepted: Bool
    ) {
        #expect(Self.check(.numbers(absolute: absolute, relative: relative), expected, actual).isAccepted == isAccepted)
    }

    @Test func overlongNumbersAreWords() {
        let checker = Checker.numbers(absolute: 1, relative: 1)
        let longest = "1." + String(repeating: "0", count: 1022)
        #expect(Self.check(checker, "1", longest).isAccepted)
        #expect(!Self.check(checker, "1", longest + "0").isAccepted)
        #expect(Self.check(checker, longest + "0", longest + "0").isAccepted)
    }

    // MARK: What the message says

    @Test(arguments: [
        (Checker.exact, "a\nb", "a\nc", #"line 2: expected "a\nb", got "a\nc""#),
        (.exact, "a\n", "a", #"line 1: the output ends before "a\n""#),
        (.exact, "a", "a\n", #"line 1: more output than expected: "a\n""#),
        (.exact, "", "\u{7}", #"line 1: more output than expected: "\u{7}""#),
        (.trimmed, "a\nb\n", "a\nc", #"line 2: expected "b", got "c""#),
        (.trimmed, "a\n b\nc", "a", #"line 2: the output ends before " b""#),
        (.trimmed, "a", "a\n\n\n  b \n", #"line 2: more output than expected: "  b""#),
        (.tokens, "a b", "a\n\nc", #"line 3, word 2: expected "b", got "c""#),
        (.tokens, "a b c", "a\nb\n", #"line 3, word 3: the output ends before "c""#),
        (.tokens, "a", "a b c", #"line 1, word 2: more output than expected: "b""#),
        (.numbers(absolute: 0.1, relative: 0), "1 2", "1.0 2.5", #"line 1, word 2: expected "2", got "2.5""#),
        (.tokens, "\"\\", "\t\u{202e}x", #"line 1, word 1: expected "\"\\", got "\u{202e}x""#),
    ])
    func namesTheFirstDifference(_ checker: Checker, _ expected: String, _ actual: String, _ message: String) {
        let result = Self.check(checker, expected, actual)
        #expect(!result.isAccepted)
        #expect(result.message == message)
    }

    @Test func messagesAreShort() {
        let expected = String(repeating: "ä", count: 100_000) + "x"
        let actual = String(repeating: "ä", count: 100_000) + "y" + String(repeating: "z", count: 100_000)
        #expect(
            Self.check(.trimmed, expected, actual).message
                == "line 1: expected …\"ääääääx\", got …\"ääääääy\(String(repeating: "z", count: 27))\"…")
    }

    @Test func bytesThatAreNoTextAreEscaped() {
        let result = Checker.tokens.check(
            expected: Array("x".utf8), actual: [0xff, 0xc3, 0x28, 0xe2, 0x82, 0, 0xc3, 0xa4])
        #expect(result.message == #"line 1, word 1: expected "x", got "\xff\xc3(\xe2\x82\u{0}ä""#)
    }

    // MARK: Any output

    /// What the checkers promise, said slowly.
    static func reference(_ checker: Checker, _ expected: [UInt8], _ actual: [UInt8]) -> Bool {
        func isSpace(_ byte: UInt8) -> Bool { [9, 10, 11, 12, 13, 32].contains(byte) }
        func words(_ bytes: [UInt8]) -> [[UInt8]] { bytes.split(whereSeparator: isSpace).map { Array($0) } }
        func lines(_ bytes: [UInt8]) -> [[UInt8]] {
            var lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map { line in
                var line = Array(line)
                while let last = line.last, isSpace(last) { line.removeLast() }
                return line
            }
            while lines.last == [] { lines.removeLast() }
            return lines
        }
        switch checker {
        case .exact: return expected == actual
        case .trimmed: return lines(expected) == lines(actual)
        case .tokens: return words(expected) == words(actual)
        case .numbers(let absolute, _):
            let (expected, actual) = (words(expected), words(actual))
            return expected.count == actual.count
                && zip(expected, actual).allSatisfy { first, second in
                    if first == second { return true }
                    guard let first = Double(String(decoding: first, as: UTF8.self)),
                        let second = Double(String(decoding: second, as: UTF8.self))
                    else { return false }
                    return abs(first - second) <= absolute
                }
        case .unorderedLines:
            return lines(expected).filter { !$0.isEmpty }.sorted { $0.lexicographicallyPrecedes($1) }
                == lines(actual).filter { !$0.isEmpty }.sorted { $0.lexicographicallyPrecedes($1) }
        case .contains, .pattern, .words, .program: preconditionFailure("has tests of its own")
        }
    }

    @Test(arguments: [Checker.exact, .trimmed, .tokens, .numbers(absolute: 1.5, relative: 0), .unorderedLines])
    func agreesWithTheReference(_ checker: Checker) {
        var generator = SplitMix(state: 20_261_124)
        var accepted = 0
        for _ in 0..<20_000 {
            let expected = generator.text()
            let actual = Bool.random(using: &generator) ? generator.text() : generator.altered(expected)
            let result = checker.check(expected: expected, actual: actual)
            #expect(result.isAccepted == Self.reference(checker, expected, actual), "\(expected) \(actual)")
            #expect((result.message == nil) == result.isAccepted)
            #expect((result.message?.utf8.count ?? 0) < 600)
            accepted += result.isAccepted ? 1 : 0
        }
        #expect((100..<19_900).contains(accepted), "the texts are too alike or too different to tell anything")
    }

    /// Outputs that would be slow if anything were read more than a few times.
    @Test(arguments: [
        [UInt8](repeating: 0x20, count: 1 << 18), [UInt8](repeating: 0x0a, count: 1 << 18),
        [UInt8](repeating: 0x78, count: 1 << 18), [UInt8](repeating: 0x30, count: 1 << 18),
        [UInt8](repeating: 0, count: 1 << 18), [UInt8](repeating: 0xff, count: 1 << 18),
        (0..<1 << 18).map { $0 % 2 == 0 ? 0x31 : 0x20 }, (0..<1 << 18).map { $0 % 2 == 0 ? 0x20 : 0x0a },
        [UInt8](repeating: 0x20, count: 1 << 18) + [0x78],
    ])
    func endsOnHostileOutput(_ output: [UInt8]) {
        for checker in [Checker.exact, .trimmed, .tokens, .numbers(absolute: 0, relative: 0)] {
            #expect(checker.check(expected: output, actual: output).isAccepted)
            #expect(!checker.check(expected: output, actual: output + [0x79]).isAccepted)
            #expect(!checker.check(expected: output + [0x79], actual: output).isAccepted)
            #expect(!checker.check(expected: [0x79], actual: output).isAccepted)
        }
    }
}

/// Random numbers that are the same each time.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }

    /// A few lines of a few words.
    mutating func text() -> [UInt8] {
        let alphabet = Array("1122  \n\n\r\t.-ab".utf8)
        return (0..<Int.random(in: 0...6, using: &self)).map { _ in alphabet.randomElement(using: &self)! }
    }

    /// `text` with a byte more or fewer.
    mutating func altered(_ text: [UInt8]) -> [UInt8] {
        var text = text
        let position = Int.random(in: 0...text.count, using: &self)
        if position < text.count, Bool.random(using: &self) {
            text.remove(at: position)
        } else {
            text.insert(Array(" \n1\r".utf8).randomElement(using: &self)!, at: position)
        }
        return text
    }
}
