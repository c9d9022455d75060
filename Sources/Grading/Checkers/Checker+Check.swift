package import Core

extension Checker {
    /// Whether `actual`, a program's output, is what was `expected`. Takes time in proportion to the two lengths and
    /// little memory, whatever the program printed. A checker that is a
    /// program is not for this.
    package func check(expected: [UInt8], actual: [UInt8]) -> CheckResult {
        expected.withUnsafeBytes { expected in
            actual.withUnsafeBytes { actual in
                let expected = OutputView(expected)
                let actual = OutputView(actual)
                switch self {
                case .exact: return checkExact(expected, actual)
                case .trimmed: return checkTrimmed(expected, actual)
                case .tokens: return checkWords(expected, actual) { _, _ in false }
                case .numbers(let absolute, let relative):
                    return checkWords(expected, actual) { expected, actual in
                        guard let expected = NumberWord(expected), let actual = NumberWord(actual) else { return false }
                        return actual.isWithin(absolute: absolute, relative: relative, of: expected)
                    }
                case .unorderedLines: return checkLinesInAnyOrder(expected, actual)
                case .contains: return checkContains(expected, actual)
                case .pattern(let isWhole): return checkPattern(expected, actual, isWhole: isWhole)
                case .words(let comparison): return checkContestWords(expected, actual, comparison)
                case .program: preconditionFailure("a program is run in a sandbox, not asked here")
                }
            }
        }
    }
}
