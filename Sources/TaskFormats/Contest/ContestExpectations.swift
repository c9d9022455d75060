import Core

/// `submissions.yaml` of 2025-09: for patterns of names, which verdicts are permitted and which must occur.
struct ContestExpectations {
    private struct Entry {
        let pattern: NamePattern
        var rules: [TestRule] = []
        var timeBound: Expectation.TimeBound?
        var language: String?
        var entryFile: RelativePath?
    }

    private var entries: [Entry] = []

    private static let verdicts: [String: Verdict] = [
        "AC": .accepted, "WA": .wrongAnswer, "TLE": .timeLimitExceeded, "RTE": .runtimeError,
        "MLE": .memoryLimitExceeded, "OLE": .outputLimitExceeded, "CE": .compileError,
    ]
    /// Who wrote it and whether it may be shown.
    private static let notes = ["model_solution", "authors"]

    init(_ text: String, file: String) throws(TaskFormatError) {
        var fields = try YAMLDocument.fields(of: text, file: file)
        for (pattern, value) in fields.takeRest() { entries.append(try Self.entry(pattern, value)) }
    }

    private static func entry(_ pattern: String, _ value: YAMLValue) throws(TaskFormatError) -> Entry {
        var entry = Entry(pattern: NamePattern(pattern))
        var inner = try value.fields()
        entry.language = try inner.take("language")?.text()
        if let value = inner.take("entrypoint") {
            // What is no file's name is a class or the like, which languages here find by themselves.
            entry.entryFile = try? RelativePath(value.text())
        }
        for note in notes { _ = inner.take(note) }
        if let rule = try rule(&inner, nil, &entry.timeBound) { entry.rules.append(rule) }
        // What is left are names of groups or tests.
        for (name, value) in inner.takeRest() {
            guard value.isMapping else {
                throw value.error("is neither a field here nor a group with rules of its own")
            }
            var fields = try value.fields()
            var bound: Expectation.TimeBound?
            if let rule = try rule(&fields, NamePattern(name), &bound) { entry.rules.append(rule) }
            try fields.finish()
        }
        return entry
    }

    private static func rule(
        _ fields: inout YAMLFields, _ pattern: NamePattern?, _ bound: inout Expectation.TimeBound?
    ) throws(TaskFormatError) -> TestRule? {
        var rule = TestRule(pattern: pattern)
        rule.permitted = try fields.take("permitted").map(Self.verdicts) ?? []
        rule.required = try fields.take("required").map(Self.verdicts) ?? []
        rule.score = try fields.take("score").map(Self.range)
        rule.message = try fields.take("message")?.text()
        if let value = fields.take("use_for_time_limit") {
            switch try value.text() {
            case "false": bound = Expectation.TimeBound.none
            case "true": break
            case "lower": bound = .lower
            case "upper": bound = .upper
            default: throw value.error("is none of true, false, lower and upper")
            }
        }
        return rule == TestRule(pattern: pattern) ? nil : rule
    }

    private static func range(_ value: YAMLValue) throws(TaskFormatError) -> ClosedRange<Double> {
        guard value.isSequence else {
            let number = try value.number()
            return number...number
        }
        let bounds = try value.items()
        guard bounds.count == 2 else { throw value.error("expected one number or two") }
        let (low, high) = (try bounds[0].number(), try bounds[1].number())
        guard low <= high else { throw value.error("the first number is the larger one") }
        return low...high
    }

    private static func verdicts(_ value: YAMLValue) throws(TaskFormatError) -> [Verdict] {
        let names = value.isSequence ? try value.texts() : [try value.text()]
        var found: [Verdict] = []
        for name in names {
            guard let verdict = verdicts[name] else { throw value.error("\(name) is no verdict") }
            found.append(verdict)
            // Packages do not tell these two apart.
            if verdict == .runtimeError { found.append(.memoryLimitExceeded) }
        }
        return found
    }

    /// Every pattern that fits a solution adds to what is expected of it; a directory's own name takes the place of what
    /// directories of that name mean.
    func apply(to solutions: inout [ReferenceSolution]) throws(TaskFormatError) {
        for index in solutions.indices {
            let name = solutions[index].name
            let directory = String(name.prefix { $0 != "/" })
            for entry in entries where entry.pattern.fits(name) {
                if entry.pattern.text == directory, !entry.rules.isEmpty {
                    solutions[index].expectation.permitted = []
                    solutions[index].expectation.isPartial = false
                }
                solutions[index].expectation.rules += entry.rules
                solutions[index].expectation.timeBound = entry.timeBound ?? solutions[index].expectation.timeBound
                solutions[index].language = entry.language ?? solutions[index].language
                solutions[index].entryFile = entry.entryFile ?? solutions[index].entryFile
            }
        }
    }
}
