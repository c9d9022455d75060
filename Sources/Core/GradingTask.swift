/// What a submission is judged by. (Never `Task`: that name is Swift concurrency's.)
///
/// Drafts hold tasks and are stored, so whatever was added to this later is optional.
package struct GradingTask: Sendable, Hashable, Codable {
    /// Names of the languages allowed; `nil` allows every one.
    package var languages: [String]?
    package var limits: LimitsRequest
    package var network: NetworkMode
    package var judging: Judging
    /// By language: what it multiplies `limits` by.
    package var languageLimits: [String: LimitFactors]?
    /// Laid beside the submission before it is compiled; they stand in for files of the submission with the same names.
    package var files: [SourceFile]?
    /// What students are told of hidden tests; `nil` is `tests`.
    package var hiddenFeedback: HiddenFeedback?
    /// What its programs run in; `nil` is the language's.
    package var sandbox: SandboxChoice?
    /// What its programs find as their root; `nil` is each language's.
    package var image: ImageReference?
    package var title: String?
    /// Markdown.
    package var statement: String?
    /// On top of the languages' own.
    package var compileLimits: LimitsRequest?
    /// Bytes of a submission's files together, at most; `nil` leaves it to the service.
    package var sourceBytes: Int?
    /// As `files`, by language; these stand in for `files` of the same names.
    package var languageFiles: [String: [SourceFile]]?

    package init(
        languages: [String]? = nil, limits: LimitsRequest = LimitsRequest(), network: NetworkMode = .none,
        judging: Judging, languageLimits: [String: LimitFactors]? = nil, files: [SourceFile]? = nil,
        hiddenFeedback: HiddenFeedback? = nil, image: ImageReference? = nil, title: String? = nil,
        statement: String? = nil, sandbox: SandboxChoice? = nil
    ) {
        self.languages = languages
        self.limits = limits
        self.network = network
        self.judging = judging
        self.languageLimits = languageLimits
        self.files = files
        self.hiddenFeedback = hiddenFeedback
        self.image = image
        self.title = title
        self.statement = statement
        self.sandbox = sandbox
    }

    /// The limits for one language.
    package func limits(for language: String) -> LimitsRequest {
        languageLimits?[language]?.applied(to: limits) ?? limits
    }

    /// What is laid beside a submission in `language`.
    package func files(for language: String) -> [SourceFile] {
        let own = languageFiles?[language] ?? []
        let paths = Set(own.map(\.path))
        return (files ?? []).filter { !paths.contains($0.path) } + own
    }

    /// Whether a submission is files without a language.
    package var takesFiles: Bool {
        switch judging {
        case .testCases: false
        case .plan(let plan): plan.tests.contains { $0.command != nil || $0.submittedOutput != nil }
        case .script(let script): script.student == .files
        }
    }
}

/// How a submission is judged.
package enum Judging: Sendable, Hashable, Codable {
    case testCases([TestCase], Checker, stopOnFirstFailure: Bool)
    case plan(TestPlan)
    case script(GradingScript)
}

/// One run of the student's program, and what it should print.
package struct TestCase: Sendable, Hashable, Codable {
    package var name: String
    package var stdin: [UInt8]
    package var arguments: [String]
    /// `nil` accepts every output of a program that ends well.
    package var expectedOutput: [UInt8]?
    package var points: Double
    /// `nil` takes the plan's.
    package var checker: Checker?
    /// Points of a test that was rejected; `nil` is none.
    package var rejectedPoints: Double?
    /// Runs in place of the language's command.
    package var command: [String]?
    /// Runs before it, in the same sandbox; what it prints is not compared.
    package var setUp: [String]?
    /// Laid beside the program for this test.
    package var files: [SourceFile]?
    /// On top of the task's.
    package var limits: LimitsRequest?
    /// The submission's file that is judged as if a program had printed it; then nothing runs.
    package var submittedOutput: RelativePath?
    /// What the test is about, for people.
    package var detail: String?
    /// What a checker may say of its score; `nil` leaves it free.
    package var scoreRule: ScoreRule?
    /// Looks at the submitted files; then nothing runs, and there is neither input nor output.
    package var staticValidator: CheckerProgram?
    /// For the input validators, by the validator's name; under an empty name for all of them.
    package var inputValidatorArguments: [String: [String]]?

    package init(
        name: String, stdin: [UInt8] = [], arguments: [String] = [], expectedOutput: [UInt8]? = nil,
        points: Double = 1, checker: Checker? = nil, rejectedPoints: Double? = nil, command: [String]? = nil,
        setUp: [String]? = nil, files: [SourceFile]? = nil, limits: LimitsRequest? = nil,
        submittedOutput: RelativePath? = nil, detail: String? = nil
    ) {
        self.name = name
        self.stdin = stdin
        self.arguments = arguments
        self.expectedOutput = expectedOutput
        self.points = points
        self.checker = checker
        self.rejectedPoints = rejectedPoints
        self.command = command
        self.setUp = setUp
        self.files = files
        self.limits = limits
        self.submittedOutput = submittedOutput
        self.detail = detail
    }
}

/// Which task a submission is for.
package enum TaskReference: Sendable, Hashable, Codable {
    case catalog(String)
    case inline(GradingTask)

    package var isOfCatalogue: Bool { if case .catalog = self { true } else { false } }
}
