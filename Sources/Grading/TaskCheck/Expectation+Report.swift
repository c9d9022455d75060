package import Core
package import TaskFormats

extension Expectation {
    /// For tables.
    package var words: String {
        var parts: [String] = []
        if permitted.count == Verdict.allCases.count - 2 {
            parts.append("rejected")
        } else if !permitted.isEmpty {
            parts.append(permitted.map(\.rawValue).joined(separator: " or "))
        }
        if isPartial { parts.append("some points") }
        if !required.isEmpty { parts.append("some " + required.map(\.rawValue).joined(separator: " or ")) }
        if let score {
            parts.append(
                score.lowerBound == score.upperBound
                    ? "\(score.lowerBound.short) points"
                    : "\(score.lowerBound.short) to \(score.upperBound.short) points")
        }
        parts += rules.map(\.words)
        if let grader {
            parts += [grader.result, grader.grade.map { "grade \($0.short)" }].compactMap { $0 }
            if parts.isEmpty { parts.append("as recorded") }
        }
        return parts.isEmpty ? "anything" : parts.joined(separator: ", ")
    }

    /// Why `report` is not what was expected; `nil` if it is.
    package func problem(with report: Report) -> String? {
        // Nobody expects the service or a checker to fail, unless a recording says so.
        if report.verdict == .internalError, grader?.result == nil {
            return report.message ?? report.tests.first { $0.verdict == .internalError }?.message ?? "internal error"
        }
        if !permitted.isEmpty, !permitted.contains(report.verdict) {
            let failed = report.tests.first { $0.verdict == report.verdict && $0.verdict != .accepted }
            let parts = [failed?.name, failed?.message ?? report.message, report.compilation.flatMap(\.text)]
            return "got \(report.verdict.rawValue)" + parts.compactMap { $0 }.map { "; " + $0 }.joined()
        }
        if !required.isEmpty, !report.tests.contains(where: { required.contains($0.verdict) }) {
            return "no test got \(required.map(\.rawValue).joined(separator: " or "))"
        }
        if isPartial, !(report.score > 0 && report.score < report.maximumScore) {
            return "got \(report.score.short) of \(report.maximumScore.short) points"
        }
        if let score, report.score < score.lowerBound - 1e-6 || report.score > score.upperBound + 1e-6 {
            return "got \(report.score.short) points"
        }
        for rule in rules { if let problem = rule.problem(with: report) { return problem } }
        return grader?.problem(with: report)
    }
}

extension TestRule {
    fileprivate var words: String {
        var parts: [String] = []
        if !permitted.isEmpty { parts.append(permitted.map(\.rawValue).joined(separator: " or ")) }
        if !required.isEmpty { parts.append("some " + required.map(\.rawValue).joined(separator: " or ")) }
        if let score { parts.append("\(score.lowerBound.short) to \(score.upperBound.short) points") }
        if let message { parts.append("'\(message)'") }
        return (pattern.map { $0.text + ": " } ?? "") + parts.joined(separator: ", ")
    }

    /// Why `report` breaks the rule; `nil` if it keeps it.
    fileprivate func problem(with report: Report) -> String? {
        let place = pattern.map { " in \($0.text)" } ?? ""
        if let score, let problem = problem(with: report, score) { return problem }
        if report.verdict == .compileError {
            return permitted.isEmpty && required.isEmpty || permitted.contains(.compileError) ? nil : "does not compile"
        }
        let tests = report.tests.filter { test in
            guard test.verdict != .skipped else { return false }
            return pattern.map { $0.fits(test.name) || $0.fits(test.group ?? "") } ?? true
        }
        if !permitted.isEmpty, let other = tests.first(where: { !permitted.contains($0.verdict) }) {
            return "\(other.name) got \(other.verdict.rawValue)"
        }
        if !required.isEmpty, !tests.contains(where: { required.contains($0.verdict) }) {
            return "no test\(place) got \(required.map(\.rawValue).joined(separator: " or "))"
        }
        if let message, !tests.contains(where: { $0.message?.contains(message) == true }) {
            return "no judge message\(place) contains '\(message)'"
        }
        return nil
    }

    private func problem(with report: Report, _ range: ClosedRange<Double>) -> String? {
        var points = report.score
        if let pattern {
            let groups = (report.groups ?? []).filter { pattern.fits($0.name) }
            guard !groups.isEmpty else { return "there is no group \(pattern.text)" }
            points = groups.reduce(0) { $0 + $1.points }
        }
        let isWithin = points >= range.lowerBound - 1e-6 && points <= range.upperBound + 1e-6
        return isWithin ? nil : "got \(points.short) points" + (pattern.map { " in \($0.text)" } ?? "")
    }
}

extension GraderExpectation {
    fileprivate func problem(with report: Report) -> String? {
        let feedback = report.feedback
        let found = feedback?.values["result"].map { String($0.dropFirst().dropLast()) }
        if let result, found != result { return "the result is \(found ?? "none"), not \(result)" }
        if let grade, abs(report.score - grade) > 1e-6 {
            return "the grade is \(report.score.short), not \(grade.short)"
        }
        for (id, wanted) in problems.sorted(by: { $0.key < $1.key }) {
            let found = feedback?.problems[id]?.result ?? "nothing"
            if found != wanted { return "problem \(id) got \(found), not \(wanted)" }
        }
        for (tag, wanted) in tags.sorted(by: { $0.key < $1.key }) where feedback?.tags[tag] != wanted {
            return "the tag \(tag) is \(feedback?.tags[tag].map { "\($0)" } ?? "not set"), not \(wanted)"
        }
        for (name, wanted) in custom.sorted(by: { $0.key < $1.key }) where feedback?.values[name] != wanted {
            return "the value \(name) is \(feedback?.values[name] ?? "not set"), not \(wanted)"
        }
        if let state, feedback?.state != state { return "the state is '\(feedback?.state ?? "")', not '\(state)'" }
        return nil
    }
}

extension Compilation {
    /// The beginning of what the compiler said, if it failed.
    fileprivate var text: String? {
        guard !succeeded else { return nil }
        return String(decoding: (outcome.stdout.bytes + outcome.stderr.bytes).prefix(500), as: UTF8.self)
    }
}
