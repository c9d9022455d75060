import Core

/// As the default validator of problem packages does: words by white space; with a tolerance, two words that are both
/// numbers are equal within it; case and white space count only where that is asked for.
func checkContestWords(_ expected: OutputView, _ actual: OutputView, _ comparison: WordComparison) -> CheckResult {
    if comparison.isSpaceSensitive, let problem = spaceDifference(expected, actual) { return .rejected(problem) }
    return checkWords(expected, actual) { expected, actual in
        if comparison.absolute != nil || comparison.relative != nil,
            let expected = NumberWord(expected), let actual = NumberWord(actual)
        {
            return actual.isWithin(
                absolute: comparison.absolute ?? 0, relative: comparison.relative ?? 0, of: expected)
        }
        guard !comparison.isCaseSensitive, expected.count == actual.count else { return false }
        return zip(expected, actual).allSatisfy { lowercase($0) == lowercase($1) }
    }
}

private func lowercase(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte | 0x20 : byte }

/// The first place where the white space before, between or after words is not the same.
private func spaceDifference(_ expected: OutputView, _ actual: OutputView) -> String? {
    var (wanted, found) = (0, 0)
    var number = 1
    while true {
        let wantedEnd = expected.skippingSpace(from: wanted)
        let foundEnd = actual.skippingSpace(from: found)
        if OutputView.difference(expected[wanted..<wantedEnd], actual[found..<foundEnd]) != nil {
            return "line \(actual.lineNumber(of: found)): the white space before word \(number) is not as expected"
        }
        guard wantedEnd < expected.count, foundEnd < actual.count else { return nil }
        wanted = expected.word(at: wantedEnd).upperBound
        found = actual.word(at: foundEnd).upperBound
        number += 1
    }
}
