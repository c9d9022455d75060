/// Line by line, without white space at the ends of lines, and without empty lines at the end.
func checkTrimmed(_ expected: OutputView, _ actual: OutputView) -> CheckResult {
    let expectedEnd = expected.trimmingEnd(of: 0..<expected.count).upperBound
    let actualEnd = actual.trimmingEnd(of: 0..<actual.count).upperBound
    var expectedStart = 0
    var actualStart = 0
    var number = 1
    while expectedStart < expectedEnd, actualStart < actualEnd {
        let expectedLine = expected.line(at: expectedStart)
        let actualLine = actual.line(at: actualStart)
        let expectedText = expected[expected.trimmingEnd(of: expectedLine)]
        let actualText = actual[actual.trimmingEnd(of: actualLine)]
        if let offset = OutputView.difference(expectedText, actualText) {
            return .rejected(
                "line \(number): expected \(Excerpt(expectedText, at: offset)), got \(Excerpt(actualText, at: offset))")
        }
        expectedStart = expectedLine.upperBound + 1
        actualStart = actualLine.upperBound + 1
        number += 1
    }
    if expectedStart < expectedEnd {
        return .rejected("line \(number): the output ends before \(Excerpt(lineOf: expected, from: expectedStart))")
    }
    if actualStart < actualEnd {
        return .rejected(
            "line \(number): more output than expected: \(Excerpt(lineOf: actual, from: actualStart))")
    }
    return .accepted
}

extension Excerpt {
    /// Of the first line from `start` on that is not empty. There is one.
    fileprivate init(lineOf view: OutputView, from start: Int) {
        // Steps back from the first word to its line's beginning, to keep the indentation.
        let word = view.skippingSpace(from: start)
        var beginning = word
        while beginning > start, view.bytes[beginning - 1] != 0x0a { beginning -= 1 }
        self.init(view[view.trimmingEnd(of: view.line(at: beginning))], at: 0)
    }
}
