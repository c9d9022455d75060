import Core
import Testing

@Suite struct PatternTests {
    private func matches(_ expression: String, _ text: String, isWhole: Bool = true) throws -> Bool? {
        try Pattern(expression).matches(text.unicodeScalars, isWhole: isWhole)
    }

    @Test(arguments: [
        ("abc", "abc", true), ("abc", "abcd", false), ("", "", true), ("", "a", false), ("a|bc|", "bc", true),
        ("a|bc|", "", true), ("a*", "aaaa", true), ("a+", "", false), ("(ab)+c?", "ababc", true),
        ("[a-c]{2,3}", "abc", true), ("[a-c]{2,3}", "abca", false), ("[^a-c]", "d", true), ("[^a-c]", "b", false),
        (#"\d+\.\d{2}"#, "12.50", true), (#"\d+\.\d{2}"#, "12,50", false), (#"\s*\w+\s*"#, " x_1\n", true),
        (".", "é", true), (".", "\n", false), ("[é-ü]", "ö", true), (#"\D\W\S"#, "a-b", true), ("a{,3}", "a{,3}", true),
        ("(?:a|b)*?c", "abac", true), ("^a$", "a", true), ("a\nb", "a\nb", true), (#"[\]a]+"#, "]a]", true),
        ("[]a]", "]", true), (#"[a\-z]"#, "-", true), ("x{0}", "", true),
    ])
    func matchesTheWhole(_ expression: String, _ text: String, _ expected: Bool) throws {
        #expect(try matches(expression, text) == expected)
    }

    @Test func findsAPart() throws {
        #expect(try matches("b+", "aabbcc", isWhole: false) == true)
        #expect(try matches("^b", "a\nb", isWhole: false) == true)
        #expect(try matches("^b", "ab", isWhole: false) == false)
        #expect(try matches("b$", "ab\nc", isWhole: false) == true)
        #expect(try matches("", "", isWhole: false) == true)
    }

    @Test(arguments: [
        "(", ")", "(a", "*a", "[a", "a{2,1}", "a{1,5000}", #"\1"#, "(?=a)", "(?<n>a)", #"a\"#, "a++", "[z-a]", #"\b"#,
        "[[:alpha:]]", String(repeating: "(", count: 100) + String(repeating: ")", count: 100),
        String(repeating: "a", count: 5000), "((a{100}){100}){100}",
    ])
    func refusesWhatItDoesNotKnow(_ expression: String) {
        #expect(throws: Pattern.Problem.self) { try Pattern(expression) }
    }

    /// Expressions that take other engines longer than the universe.
    @Test(arguments: ["(a*)*b", "(a|a)*b", "(a+)+b", "(a|aa)+b", "a?a?a?a?a?a?a?a?a?a?aaaaaaaaaab", "(.*)*(.*)*x"])
    func neverTriesAgain(_ expression: String) throws {
        #expect(try matches(expression, String(repeating: "a", count: 2000)) == false)
        #expect(try matches(expression, String(repeating: "a", count: 2000), isWhole: false) == false)
    }

    @Test func tellsWhenItIsTooMuch() throws {
        let pattern = try Pattern("(" + String(repeating: "a?", count: 150) + ")b")
        let text = repeatElement(Unicode.Scalar("a"), count: 1000)
        #expect(pattern.matches(text, isWhole: false, maximumWork: 10_000) == nil)
        #expect(pattern.matches(text, isWhole: false, maximumWork: 100_000_000) == false)
    }
}
