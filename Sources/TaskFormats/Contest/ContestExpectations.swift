import Core

/// `submissions.yaml` of 2025-09: for patterns of names, which verdicts are permitted and which must occur.
struct ContestExpectations {
    private var entries: [(pattern: String, expectation: Expectation, language: String?)] = []

    private static let verdicts: [String: Verdict] = [
        "AC": .accepted, "WA": .wrongAnswer, "TLE": .timeLimitExceeded, "RTE": .runtimeError,
        "MLE": .memoryLimitExceeded, "OLE": .outputLimitExceeded, "CE": .compileError,
    ]

    init(_ text: String, file: String) throws(TaskFormatError) {
        var fields = try YAMLDocument.fields(of: text, file: file)
        for (pattern, value) in fields.takeRest() {
            var inner = try value.fields()
            let permitted = try inner.take("permitted").map(Self.verdicts)
            let required = try inner.take("required").map(Self.verdicts)
            var expectation = Expectation(permitted: permitted ?? [], required: required ?? [])
            if let score = inner.take("score") {
                if score.isSequence {
                    let bounds = try score.items()
                    guard bounds.count == 2 else { throw score.error("expected one number or two") }
                    let (low, high) = (try bounds[0].number(), try bounds[1].number())
                    guard low <= high else { throw score.error("the first number is the larger one") }
                    expectation.score = low...high
                } else {
                    let number = try score.number()
                    expectation.score = number...number
                }
            }
            let language = try inner.take("language")?.text()
            for note in ["model_solution", "authors", "message", "use_for_time_limit", "entrypoint"] {
                _ = inner.take(note)
            }
            try inner.finish()
            entries.append((pattern, expectation, language))
        }
    }

    private static func verdicts(_ value: YAMLValue) throws(TaskFormatError) -> [Verdict] {
        let names = value.isSequence ? try value.texts() : [try value.text()]
        var found: [Verdict] = []
        for name in names {
            guard let verdict = verdicts[name] else { throw value.error("\(name) is no verdict") }
            found.append(verdict)
        }
        return found
    }

    /// The first pattern that fits a solution is for it.
    func apply(to solutions: inout [ReferenceSolution]) throws(TaskFormatError) {
        for index in solutions.indices {
            let name = solutions[index].name
            guard let entry = entries.first(where: { Self.fits(name[...], $0.pattern[...]) }) else { continue }
            // What the directory says holds on, unless the file says something of the same.
            if !entry.expectation.permitted.isEmpty {
                solutions[index].expectation.permitted = entry.expectation.permitted
                solutions[index].expectation.isPartial = false
            }
            solutions[index].expectation.required = entry.expectation.required
            solutions[index].expectation.score = entry.expectation.score
        }
    }

    /// `*` stands for anything without a slash; a directory's name for all that is in it.
    private static func fits(_ name: Substring, _ pattern: Substring) -> Bool {
        if pattern.isEmpty { return name.isEmpty || name.first == "/" }
        if pattern.first == "*" {
            var rest = name
            while true {
                if fits(rest, pattern.dropFirst()) { return true }
                guard let next = rest.first, next != "/" else { return false }
                rest = rest.dropFirst()
            }
        }
        guard pattern.first == name.first else { return false }
        return fits(name.dropFirst(), pattern.dropFirst())
    }
}
