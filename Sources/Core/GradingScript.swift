/// A teacher's program that grades, in a sandbox of its own: it alone sees the tests and says the result. Where it runs
/// the student's program, it asks the service for that, which takes another sandbox.
package struct GradingScript: Sendable, Hashable, Codable {
    /// Laid out in the grader's work directory.
    package var files: [SourceFile]
    package var command: [String]
    package var environment: [String: String]
    /// The grader's own.
    package var limits: LimitsRequest
    package var student: StudentParty
    /// Directory of the grader's work directory where the submitted files lie; `nil` does not show them.
    package var submissionDirectory: RelativePath?
    package var result: ResultFormat
    /// What a full result is worth.
    package var points: Double
    /// How often it may run the student's program.
    package var runs: Int
    /// Runs once, before the first grading.
    package var setUp: SetUp?

    package init(
        files: [SourceFile], command: [String], environment: [String: String] = [:],
        limits: LimitsRequest = LimitsRequest(), student: StudentParty, submissionDirectory: RelativePath? = nil,
        result: ResultFormat = .assay, points: Double = 100, runs: Int = GradingScript.defaultRuns
    ) {
        self.files = files
        self.command = command
        self.environment = environment
        self.limits = limits
        self.student = student
        self.submissionDirectory = submissionDirectory
        self.result = result
        self.points = points
        self.runs = runs
    }

    package static let defaultRuns = 1000
    /// The most that a task may ask for.
    package static let maximumRuns = 100_000

    /// What the student's side is.
    package enum StudentParty: Sendable, Hashable, Codable {
        /// A program in one of the languages, compiled by the service.
        case program
        /// Files that the grader does something with; no language.
        case files
    }

    /// Where a grader of INGInious finds who submitted.
    package static let aboutPath = ".assay/about.json"
    /// Where an autograder of Gradescope finds the same.
    package static let metadataPath = "autograder/submission_metadata.json"

    /// Where and how the result is written.
    package enum ResultFormat: Sendable, Hashable, Codable {
        /// `result.json`, as docs/TASKS.md describes it.
        case assay
        /// What the commands of INGInious leave, with the answers to questions that the service judges itself.
        case inginious(InginiousProblems)
        /// `results/results.json` of a Gradescope autograder.
        case gradescope
    }
}

/// The questions of an INGInious task, by id.
package struct InginiousProblems: Sendable, Hashable, Codable {
    package var problems: [String: Kind]
    /// Whether the grader runs at all: a task of nothing but questions needs none.
    package var hasRunFile: Bool

    package enum Kind: Sendable, Hashable, Codable {
        case code, file
        /// One answer, compared as text.
        case match(answer: String)
        /// The places of the right choices, from 0.
        case choice(right: [Int], isMultiple: Bool, choices: Int)
    }

    /// The file of a submission that holds the answer to one problem: its contents are the answer.
    package static func answerPath(_ id: String) -> String { "answers/" + id }

    package init(problems: [String: Kind], hasRunFile: Bool) {
        self.problems = problems
        self.hasRunFile = hasRunFile
    }
}
