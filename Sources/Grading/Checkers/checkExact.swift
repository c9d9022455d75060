/// Byte for byte.
func checkExact(_ expected: OutputView, _ actual: OutputView) -> CheckResult {
    guard let offset = OutputView.difference(expected.bytes, actual.bytes) else { return .accepted }
    let line = actual.lineNumber(of: offset)
    if offset == expected.count {
        return .rejected("line \(line): more output than expected: \(Excerpt(actual.bytes, at: offset))")
    }
    if offset == actual.count {
        return .rejected("line \(line): the output ends before \(Excerpt(expected.bytes, at: offset))")
    }
    return .rejected(
        "line \(line): expected \(Excerpt(expected.bytes, at: offset)), got \(Excerpt(actual.bytes, at: offset))")
}
