import Core

/// How a directory of test data is judged: `testdata.yaml` of the legacy format, which directories below inherit, and
/// `test_group.yaml` of 2025-09, which they do not.
struct ContestGroup {
    var breaksOnReject = true
    var scoring = GroupScoring.sum
    var verdictRule = VerdictRule.worst
    var ignoresSample = false
    var acceptScore: Double?
    var rejectScore: Double?
    var maximum: Double?
    var requires: [String] = []
    var validatorArguments: [String]?
    var arguments: [String] = []
    /// Whether a file said anything.
    var isStated = false

    /// The settings of `directory`, given those above it.
    init(inheriting parent: ContestGroup?, legacy text: String?, file: String) throws(TaskFormatError) {
        if let parent { self = parent }
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
        if let value = fields.take("grading"), try value.text() != "default" {
            throw value.error("\(try value.text()) is not supported: only the default grader is")
        }
        if let value = fields.take("grader_flags") { try takeGraderFlags(value) }
        if let value = fields.take("output_validator_flags") { validatorArguments = try ContestPackage.words(value) }
        _ = fields.take("input_validator_flags")
        acceptScore = try fields.take("accept_score")?.number() ?? acceptScore
        rejectScore = try fields.take("reject_score")?.number() ?? rejectScore
        if let value = fields.take("range") {
            let bounds = try ContestPackage.words(value)
            guard bounds.count == 2, let upper = Double(bounds[1].replacingInfinity) else {
                throw value.error("expected two numbers")
            }
            maximum = upper.isFinite ? upper : nil
        }
        try fields.finish()
    }

    private mutating func takeGraderFlags(_ value: YAMLValue) throws(TaskFormatError) {
        // Flags are not added to those above: a directory's own take their place.
        (scoring, verdictRule, ignoresSample) = (.sum, .worst, false)
        for word in try ContestPackage.words(value) {
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

    /// Of 2025-09. `scoring` is what holds where the file says nothing.
    init(current text: String?, file: String, scoring: GroupScoring) throws(TaskFormatError) {
        self.scoring = scoring
        verdictRule = .first
        guard let text else { return }
        isStated = true
        var fields = try YAMLDocument.fields(of: text, file: file)
        if let value = fields.take("max_score") {
            guard try value.text() != "unbounded" else { throw value.error("unbounded is not supported here") }
            maximum = try value.number()
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
        if let value = fields.take("static_validation_score") {
            throw value.error("static validation is not supported here")
        }
        validatorArguments = try fields.take("output_validator_args").map(ContestPackage.words)
        arguments = try fields.take("args").map(ContestPackage.words) ?? []
        _ = fields.take("input_validator_args")
        _ = fields.take("full_feedback")
        try fields.finish()
    }
}

extension String {
    /// What Swift reads.
    fileprivate var replacingInfinity: String { self == "+inf" ? "inf" : self }
}
