import Core

/// `expected` is a regular expression. The whole output without white space at its ends must match it, or, with `isWhole`
/// false, some part of it.
func checkPattern(_ expected: OutputView, _ actual: OutputView, isWhole: Bool) -> CheckResult {
    let expression = expected[expected.trimmingEnd(of: 0..<expected.count)]
    let pattern: Pattern
    do { pattern = try Pattern(String(decoding: expression, as: UTF8.self)) } catch {
        // Tasks are checked when they are loaded; this one came in a submission.
        return .rejected("the expected output is no regular expression: it \(error)")
    }
    let start = actual.skippingSpace(from: 0)
    let text = actual[
        isWhole ? start..<max(start, actual.trimmingEnd(of: 0..<actual.count).upperBound) : 0..<actual.count]
    switch pattern.matches(String(decoding: text, as: UTF8.self).unicodeScalars, isWhole: isWhole) {
    case true?: return .accepted
    case false?: return .rejected("the output does not match: \(Excerpt(text, at: 0))")
    case nil: return .rejected("matching takes too long")
    }
}

/// `expected`, without white space at its ends, occurs in the output.
func checkContains(_ expected: OutputView, _ actual: OutputView) -> CheckResult {
    let start = expected.skippingSpace(from: 0)
    let wanted = expected[start..<max(start, expected.trimmingEnd(of: 0..<expected.count).upperBound)]
    guard !wanted.isEmpty, !actual.bytes.contains(wanted) else { return .accepted }
    return .rejected("\(Excerpt(wanted, at: 0)) does not occur in the output")
}

extension UnsafeRawBufferPointer {
    /// Whether `other`, which is not empty, occurs in this; in time proportional to both.
    fileprivate func contains(_ other: UnsafeRawBufferPointer) -> Bool {
        guard other.count <= count else { return false }
        // For each beginning of `other`, how much of it is also the beginning of what ends there.
        var borders = [Int](repeating: 0, count: other.count)
        var length = 0
        for index in 1..<Swift.max(1, other.count) {
            while length > 0, other[index] != other[length] { length = borders[length - 1] }
            if other[index] == other[length] { length += 1 }
            borders[index] = length
        }
        length = 0
        for byte in self {
            while length > 0, byte != other[length] { length = borders[length - 1] }
            if byte == other[length] { length += 1 }
            if length == other.count { return true }
        }
        return false
    }
}
