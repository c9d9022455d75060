import Core

/// How a directory of test data is judged: `testdata.yaml` of the legacy format, which directories below inherit, and
/// `test_group.yaml` of 2025-09, which they do not.
struct ContestGroup {
    var breaksOnReject = true
    var scoring = GroupScoring.sum
    var verdictRule = VerdictRule.worst
    var ignoresSample = false
    /// Whether the package's own grader takes the place of the rules, and what it is told.
    var isGraded = false
    var graderArguments: [String] = []
    var acceptScore: Double?
    var rejectScore: Double?
    var maximum = Maximum.unstated
    var requires: [String] = []
    /// The one output validator that is run; `nil` runs all.
    var validatorName: String?
    var validatorArguments: [String]?
    /// By the input validator's name; under an empty name for all.
    var inputArguments: [String: [String]] = [:]
    var arguments: [String] = []
    var staticValidation: StaticValidation?
    /// Whether a file said anything.
    var isStated = false

    enum Maximum: Equatable { case unstated, unbounded, points(Double) }

    /// The test case in which a program looks at the submitted files.
    struct StaticValidation {
        /// `nil` passes or fails.
        var points: Double?
        var arguments: [String] = []
    }

    init(scoring: GroupScoring = .sum, verdictRule: VerdictRule = .worst) {
        self.scoring = scoring
        self.verdictRule = verdictRule
    }

    /// What the file said of points, if it said a number.
    var points: Double? { if case .points(let points) = maximum { points } else { nil } }

    // MARK: legacy

    /// The settings of a directory, given those above it.
    init(inheriting parent: ContestGroup?, legacy text: String?, file: String) throws(TaskFormatError) {
        if let parent { self = parent }
        isStated = false
        guard let text else { return }
        isStated = true
        var fields = try YAMLDocument.fields(of: text, file: file)
        if let value = fields.take("on_reject") {
            switch try value.text() {
            case "break": breaksOnReject = true
            case "continue": breaksOnReject = false
            case let other: throw value.error("\(other) is neither break nor continue")
            }
        }
        if let value = fields.take("grading") {
            switch try value.text() {
            case "default": isGraded = false
            case "custom": isGraded = true
            case let other: throw value.error("\(other) is neither default nor custom")
            }
        }
        if let value = fields.take("grader_flags") { try takeGraderFlags(value) }
        if let value = fields.take("output_validator_flags") { try takeValidatorFlags(value) }
        if let value = fields.take("input_validator_flags") { inputArguments = try Self.namedFlags(value) }
        acceptScore = try fields.take("accept_score")?.number() ?? acceptScore
        rejectScore = try fields.take("reject_score")?.number() ?? rejectScore
        if let value = fields.take("range") {
            let bounds = try ContestPackage.words(value)
            guard bounds.count == 2, let upper = Double(bounds[1].replacingInfinity) else {
                throw value.error("expected two numbers")
            }
            maximum = upper.isFinite ? .points(upper) : .unbounded
        }
        try fields.finish()
    }

    private mutating func takeGraderFlags(_ value: YAMLValue) throws(TaskFormatError) {
        // Flags are not added to those above: a directory's own take their place.
        (scoring, verdictRule, ignoresSample) = (.sum, .worst, false)
        graderArguments = try ContestPackage.words(value)
        // A grader of the package's own has flags of its own.
        if isGraded { return }
        for word in graderArguments {
            switch word {
            case "sum": scoring = .sum
            case "avg": scoring = .average
            case "min": scoring = .minimum
            case "max": scoring = .maximum
            case "worst_error": verdictRule = .worst
            case "first_error": verdictRule = .first
            case "always_accept": verdictRule = .always
            case "accept_if_any_accepted": verdictRule = .any
            case "ignore_sample": ignoresSample = true
            default: throw value.error("the default grader has no flag \(word)")
            }
        }
    }

    /// Arguments for the validator, or `name` and `flags` of one of several.
    private mutating func takeValidatorFlags(_ value: YAMLValue) throws(TaskFormatError) {
        guard value.isMapping else {
            validatorArguments = try ContestPackage.words(value)
            return
        }
        var fields = try value.fields()
        validatorName = try fields.require("name").text()
        validatorArguments = try fields.take("flags").map(ContestPackage.words) ?? []
        try fields.finish()
    }

    private static func namedFlags(_ value: YAMLValue) throws(TaskFormatError) -> [String: [String]] {
        guard value.isMapping else { return ["": try ContestPackage.words(value)] }
        var fields = try value.fields()
        let name = try fields.require("name").text()
        let flags = try fields.take("flags").map(ContestPackage.words) ?? []
        try fields.finish()
        return [name: flags]
    }

    // MARK: 2025-09

    /// `scoring` is what holds where the file says nothing. `allowsScores`: whether it may speak of scores at all.
    init(
        current text: String?, file: String, scoring: GroupScoring, allowsScores: Bool
    ) throws(TaskFormatError) {
        self.init(scoring: scoring, verdictRule: .first)
        guard let text else { return }
        isStated = true
        var fields = try YAMLDocument.fields(of: text, file: file)
        for name in ["max_score", "score_aggregation", "require_pass"] where !allowsScores {
            if let value = fields.take(name) { throw value.error("is only for groups of secret in scoring problems") }
        }
        if let value = fields.take("max_score") {
            maximum = try value.text() == "unbounded" ? .unbounded : .points(try value.number())
            if let points, points < 0 { throw value.error("must not be negative") }
        }
        if let value = fields.take("score_aggregation") {
            switch try value.text() {
            case "pass-fail": self.scoring = .allOrNothing
            case "sum": self.scoring = .sum
            case "min": self.scoring = .minimum
            case let other: throw value.error("\(other) is none of pass-fail, sum and min")
            }
        }
        if let value = fields.take("require_pass") {
            requires = value.isSequence ? try value.texts() : [try value.text()]
        }
        try takeStaticValidation(&fields)
        validatorArguments = try fields.take("output_validator_args").map(ContestPackage.words)
        arguments = try fields.take("args").map(ContestPackage.words) ?? []
        if let value = fields.take("input_validator_args") { inputArguments = try Self.argumentsByName(value) }
        for name in ["full_feedback", "input_visualizer_args", "output_visualizer_args", "description"] {
            _ = fields.take(name)
        }
        try fields.finish()
    }

    private mutating func takeStaticValidation(_ fields: inout YAMLFields) throws(TaskFormatError) {
        let arguments = fields.take("static_validator_args")
        guard let value = fields.take("static_validation_score") else {
            if let arguments { throw arguments.error("needs static_validation_score beside it") }
            return
        }
        staticValidation = StaticValidation()
        if try value.text() != "pass-fail" {
            staticValidation?.points = try value.number()
            if scoring == .allOrNothing { throw value.error("a group that passes or fails has no scores") }
        }
        if let arguments { staticValidation?.arguments = try ContestPackage.words(arguments) }
    }

    static func argumentsByName(_ value: YAMLValue) throws(TaskFormatError) -> [String: [String]] {
        guard value.isMapping else { return ["": try ContestPackage.words(value)] }
        var arguments: [String: [String]] = [:]
        var fields = try value.fields()
        for (name, value) in fields.takeRest() { arguments[name] = try ContestPackage.words(value) }
        return arguments
    }
}

extension String {
    /// What Swift reads.
    fileprivate var replacingInfinity: String { self == "+inf" ? "inf" : self }
}
