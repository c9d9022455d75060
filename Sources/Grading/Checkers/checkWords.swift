/// Word by word, separated by any white space. Words that differ may still be equal by `areEqual`.
func checkWords(
    _ expected: OutputView, _ actual: OutputView,
    areEqual: (_ expected: UnsafeRawBufferPointer, _ actual: UnsafeRawBufferPointer) -> Bool
) -> CheckResult {
    var expectedStart = expected.skippingSpace(from: 0)
    var actualStart = actual.skippingSpace(from: 0)
    var number = 1
    while expectedStart < expected.count, actualStart < actual.count {
        let expectedWord = expected.word(at: expectedStart)
        let actualWord = actual.word(at: actualStart)
        let offset = OutputView.difference(expected[expectedWord], actual[actualWord])
        if let offset, !areEqual(expected[expectedWord], actual[actualWord]) {
            let expectedText = Excerpt(expected[expectedWord], at: offset)
            let actualText = Excerpt(actual[actualWord], at: offset)
            return .rejected("\(place(actualStart)): expected \(expectedText), got \(actualText)")
        }
        expectedStart = expected.skippingSpace(from: expectedWord.upperBound)
        actualStart = actual.skippingSpace(from: actualWord.upperBound)
        number += 1
    }
    if expectedStart < expected.count {
        let missing = Excerpt(expected[expected.word(at: expectedStart)], at: 0)
        return .rejected("\(place(actual.count)): the output ends before \(missing)")
    }
    if actualStart < actual.count {
        let extra = Excerpt(actual[actual.word(at: actualStart)], at: 0)
        return .rejected("\(place(actualStart)): more output than expected: \(extra)")
    }
    return .accepted

    func place(_ position: Int) -> String { "line \(actual.lineNumber(of: position)), word \(number)" }
}
