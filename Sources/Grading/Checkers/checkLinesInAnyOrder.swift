/// The same lines, each as often, in any order; white space at their ends and empty lines do not count.
func checkLinesInAnyOrder(_ expected: OutputView, _ actual: OutputView) -> CheckResult {
    let wanted = lines(of: expected)
    let found = lines(of: actual)
    var index = 0
    // Both are sorted: the first place where they part is where one has a line that the other lacks.
    while index < wanted.count, index < found.count {
        guard OutputView.difference(wanted[index], found[index]) != nil else {
            index += 1
            continue
        }
        if wanted[index].lexicographicallyPrecedes(found[index]) { break }
        return .rejected("a line that is not expected, or too often: \(Excerpt(found[index], at: 0))")
    }
    if index < wanted.count { return .rejected("a line is missing: \(Excerpt(wanted[index], at: 0))") }
    if index < found.count {
        return .rejected("a line that is not expected, or too often: \(Excerpt(found[index], at: 0))")
    }
    return .accepted
}

/// The lines that are not empty, sorted by their bytes.
private func lines(of view: OutputView) -> [UnsafeRawBufferPointer] {
    var lines: [UnsafeRawBufferPointer] = []
    var start = 0
    while start < view.count {
        let line = view.line(at: start)
        let text = view.trimmingEnd(of: line)
        if !text.isEmpty { lines.append(view[text]) }
        start = line.upperBound + 1
    }
    return lines.sorted { $0.lexicographicallyPrecedes($1) }
}
