import Core

/// `limits:` of a problem package, with the defaults of its version.
struct ContestLimits {
    /// Of a submission's run. Without a time limit the rule decides.
    var run = LimitsRequest()
    var validation = LimitsRequest()
    /// Of the compiler, where the package names one.
    var compilation: LimitsRequest?
    /// Bytes of a submission.
    var code = 128 << 10
    /// Seconds; `nil` if it follows from the solutions.
    var timeLimit: Double?
    var rule: TimeRule
    var validationPasses = 2

    /// What a submission gets while its time limit is not known yet.
    static let provisionalTime = Duration.seconds(60)

    init(
        _ value: YAMLValue?, version: ContestPackage.Version, tree: FileTree, name: String
    ) throws(TaskFormatError) {
        rule = version == .legacy ? TimeRule(multiplier: 5, margin: 2) : TimeRule(multiplier: 2, margin: 1.5)
        var memory = 2048
        var output = 8
        var validationMemory = 2048
        var validationTime = 60.0
        if let value {
            var fields = try value.fields()
            func number(_ name: String) throws(TaskFormatError) -> Double? {
                guard let field = fields.take(name) else { return nil }
                let number = try field.number()
                guard number > 0 else { throw field.error("must be greater than zero") }
                return number
            }
            timeLimit = try number("time_limit")
            rule.multiplier = try number("time_multiplier") ?? rule.multiplier
            rule.margin = try number("time_safety_margin") ?? rule.margin
            if let multipliers = fields.take("time_multipliers") {
                var inner = try multipliers.fields()
                rule.multiplier = try inner.take("ac_to_time_limit")?.number() ?? rule.multiplier
                rule.margin = try inner.take("time_limit_to_tle")?.number() ?? rule.margin
                try inner.finish()
            }
            memory = Int(try number("memory") ?? Double(memory))
            output = Int(try number("output") ?? Double(output))
            validationMemory = Int(try number("validation_memory") ?? Double(validationMemory))
            validationTime = try number("validation_time") ?? validationTime
            validationPasses = Int(try number("validation_passes") ?? 2)
            code = Int(try number("code") ?? Double(code >> 10)) << 10
            validation.output = try number("validation_output").map { Int($0) << 20 }
            rule.resolution = try number("time_resolution") ?? rule.resolution
            var compilation = LimitsRequest()
            compilation.cpuTime = try number("compilation_time").map { .seconds($0) }
            compilation.wallTime = compilation.cpuTime.map { $0 * 2 }
            compilation.memory = try number("compilation_memory").map { Int($0) << 20 }
            if compilation != LimitsRequest() { self.compilation = compilation }
            try fields.finish()
        }
        if let text = tree.text("domjudge-problem.ini"), let limit = Self.timeLimit(inINI: text) { timeLimit = limit }
        if let text = tree.text(".timelimit"), let limit = Double(text.filter { !$0.isWhitespace }) {
            timeLimit = limit
        }
        run.cpuTime = timeLimit.map { .seconds($0) } ?? Self.provisionalTime
        // CPU time is what counts; the clock only ends what sleeps.
        run.wallTime = run.cpuTime.map { $0 * 3 + .seconds(2) }
        run.memory = memory << 20
        run.output = output << 20
        run.fileSize = output << 20
        run.stack = min(memory << 20, 1 << 30)
        validation.cpuTime = .seconds(validationTime)
        validation.wallTime = .seconds(validationTime * 2)
        validation.memory = validationMemory << 20
    }

    /// `timelimit = 2` or `timelimit='2.5'`.
    private static func timeLimit(inINI text: String) -> Double? {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].filter({ !$0.isWhitespace }) == "timelimit" else { continue }
            return Double(parts[1].filter { $0.isNumber || $0 == "." })
        }
        return nil
    }
}

/// Flags of the default validator.
struct ContestFlags {
    var comparison = WordComparison()

    init(_ words: [String], file: String) throws(TaskFormatError) {
        var words = words[...]
        var given: Set<String> = []
        func tolerance(_ flag: String) throws(TaskFormatError) -> Double {
            // One tolerance of each kind, and one for both is the only one.
            guard given.insert(flag).inserted, !given.contains("float_tolerance") || given.count == 1 else {
                throw TaskFormatError(file: file, reason: "the flag \(flag) contradicts another tolerance")
            }
            guard let number = words.popFirst().flatMap(Double.init), number >= 0, number.isFinite else {
                throw TaskFormatError(file: file, reason: "the flag \(flag) needs a tolerance behind it")
            }
            return number
        }
        while let word = words.popFirst() {
            switch word {
            case "case_sensitive": comparison.isCaseSensitive = true
            case "space_change_sensitive": comparison.isSpaceSensitive = true
            case "float_relative_tolerance": comparison.relative = try tolerance(word)
            case "float_absolute_tolerance": comparison.absolute = try tolerance(word)
            case "float_tolerance":
                let both = try tolerance(word)
                (comparison.relative, comparison.absolute) = (both, both)
            default:
                throw TaskFormatError(file: file, reason: "the default validator has no flag \(word)")
            }
        }
    }
}
