import Core
import Testing

@testable import Grading

@Suite struct MoreCheckerTests {
    private func accepts(_ checker: Checker, _ expected: String, _ actual: String) -> Bool {
        checker.check(expected: Array(expected.utf8), actual: Array(actual.utf8)).isAccepted
    }

    @Test(arguments: [
        ("a\nb\n", "b\na", true), ("a\na\nb", "a\nb\nb", false), ("a", "a \n\n", true), ("a b", "b a", false),
        ("", "\n\n", true), ("", "x", false), ("x", "", false), ("a\nb", "a\nb\nc", false), ("10\n9", "9\n10", true),
    ])
    func linesInAnyOrder(_ expected: String, _ actual: String, _ isRight: Bool) {
        #expect(accepts(.unorderedLines, expected, actual) == isRight)
    }

    @Test(arguments: [
        ("42", "the answer is 42!", true), ("42\n", "42", true), ("ab ab", "abab ab", true), ("aab", "aaab", true),
        ("x", "", false), ("", "anything", true), ("abc", "ab", false), ("abab", "ababa", true),
        ("aaab", "aabaab", false),
    ])
    func contains(_ expected: String, _ actual: String, _ isRight: Bool) {
        #expect(accepts(.contains, expected, actual) == isRight)
    }

    @Test func patterns() {
        #expect(accepts(.pattern(isWhole: true), #"\d+"#, "  123\n"))
        #expect(!accepts(.pattern(isWhole: true), #"\d+"#, "123x"))
        #expect(accepts(.pattern(isWhole: false), #"\d+"#, "x123x"))
        #expect(!accepts(.pattern(isWhole: false), "(", "("))
    }

    @Test(
        "default validator: tokens by whitespace; floats compare when both parse and a tolerance is given",
        arguments: [
            (WordComparison(), "Yes 1.0", "yes\n1.0\n", true), (WordComparison(), "1.0", "1", false),
            (WordComparison(isCaseSensitive: true), "Yes", "yes", false),
            (WordComparison(isSpaceSensitive: true), "a b\n", "a  b\n", false),
            (WordComparison(isSpaceSensitive: true), "a b\n", "a b\n", true),
            (WordComparison(isSpaceSensitive: true), "a b\n", "a b", false),
            (WordComparison(absolute: 0.1), "1.0", "1.05", true), (WordComparison(absolute: 0.1), "1.0", "1.2", false),
            (WordComparison(relative: 0.1), "100", "109", true), (WordComparison(relative: 0.1), "100", "111", false),
            (WordComparison(absolute: 0.1), "x1", "X1", true), (WordComparison(absolute: 0.1), "1", "nan", false),
        ])
    func contestWords(_ comparison: WordComparison, _ expected: String, _ actual: String, _ isRight: Bool) {
        #expect(accepts(.words(comparison), expected, actual) == isRight)
    }
}
