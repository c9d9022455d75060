package import Core

/// A task as somebody sends it, in any of the formats, with everything that its author gave to check it by.
package struct TaskPackage: Sendable {
    package var format: TaskFormat
    package var title: String
    package var task: GradingTask
    /// The author's solutions and their expected verdicts.
    package var solutions: [ReferenceSolution] = []
    /// Programs that must accept every test's input.
    package var inputValidators: [CheckerProgram] = []
    /// Data that only checks the validators.
    package var dataCases: [DataCase] = []
    /// How the time limit follows from the solutions, where the package names none.
    package var timeRule: TimeRule?
    /// What the package says that has no effect here.
    package var warnings: [String] = []

    /// Reads the task in `tree`. `name` is for messages.
    package static func load(_ tree: FileTree, name: String) throws(TaskFormatError) -> TaskPackage {
        guard let format = TaskFormat(recognising: tree) else {
            throw TaskFormatError(
                file: name,
                reason: "is no task: there is neither task.yaml, problem.yaml, run_autograder nor autograding.json")
        }
        switch format {
        case .native: return try NativeTask.package(tree, name: name)
        case .contest: return try ContestPackage(tree, name: name).taskPackage()
        case .inginious: return try InginiousTask.package(tree, name: name)
        case .gradescope: return try GradescopeAutograder.package(tree, name: name)
        case .classroom: return try ClassroomAutograding.package(tree, name: name)
        }
    }
}

/// The formats, as files tell them.
package enum TaskFormat: String, Sendable, Hashable, CaseIterable {
    case native, contest, inginious, gradescope, classroom

    package var title: String {
        switch self {
        case .native: "Assay task"
        case .contest: "ICPC/Kattis problem package"
        case .inginious: "INGInious task"
        case .gradescope: "Gradescope autograder"
        case .classroom: "GitHub Classroom autograding"
        }
    }

    /// The format of `tree`; `nil` if it is none.
    package init?(recognising tree: FileTree) {
        if tree["problem.yaml"] != nil {
            self = .contest
        } else if tree["run_autograder"] != nil {
            self = .gradescope
        } else if ClassroomAutograding.paths.contains(where: { tree[$0] != nil }) {
            self = .classroom
        } else if let text = tree.text("task.yaml") {
            self = InginiousTask.isMeant(by: text) ? .inginious : .native
        } else {
            return nil
        }
    }
}

/// How a package's own solutions decide its time limit.
package struct TimeRule: Sendable, Hashable {
    /// The limit is the slowest accepted solution's time times this, rounded up to a multiple of `resolution`…
    package var multiplier: Double
    /// … and a solution that is to be too slow must take longer than the limit times this.
    package var margin: Double
    /// Seconds of which a limit is a multiple.
    package var resolution: Double

    package init(multiplier: Double, margin: Double, resolution: Double = 1) {
        self.multiplier = multiplier
        self.margin = margin
        self.resolution = resolution
    }
}

/// Data that says something of the validators, not of submissions.
package struct DataCase: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        /// An input validator must reject the input.
        case invalidInput
        /// The output must be rejected.
        case invalidOutput
        /// The output must be accepted.
        case validOutput
    }

    package var kind: Kind
    package var test: TestCase
    package var output: [UInt8]

    package init(kind: Kind, test: TestCase, output: [UInt8] = []) {
        self.kind = kind
        self.test = test
        self.output = output
    }
}

/// A submission that comes with a task, and what must become of it.
package struct ReferenceSolution: Sendable, Hashable {
    package var name: String
    package var files: [SourceFile]
    /// `nil` is guessed from the files' names.
    package var language: String?
    package var entryFile: RelativePath?
    package var expectation: Expectation
    /// Who handed it in, and what came before, where that was recorded.
    package var metadata: [String: String] = [:]
    package var user: String?
    package var history = StudentHistory()

    package init(
        name: String, files: [SourceFile], language: String? = nil, entryFile: RelativePath? = nil,
        expectation: Expectation
    ) {
        self.name = name
        self.files = files
        self.language = language
        self.entryFile = entryFile
        self.expectation = expectation
    }
}

/// What must become of a solution.
package struct Expectation: Sendable, Hashable {
    /// The verdict of the whole must be one of these; empty permits every one.
    package var permitted: [Verdict]
    /// At least one test must have one of these; empty requires nothing.
    package var required: [Verdict]
    /// The score, in points.
    package var score: ClosedRange<Double>?
    /// Accepted in part: some points, not all.
    package var isPartial: Bool
    package var grader: GraderExpectation?
    /// What must hold of tests or groups, each by itself.
    package var rules: [TestRule] = []
    /// Whether its time bounds the time limit; `nil` leaves that to `permitted`.
    package var timeBound: TimeBound?

    package enum TimeBound: Sendable, Hashable { case lower, upper, none }

    /// Whether the time limit must leave it room.
    package var boundsFromBelow: Bool { timeBound.map { $0 == .lower } ?? (permitted == [.accepted]) }

    /// Whether it must be too slow, by a margin.
    package var boundsFromAbove: Bool { timeBound.map { $0 == .upper } ?? (permitted == [.timeLimitExceeded]) }

    package init(
        permitted: [Verdict] = [], required: [Verdict] = [], score: ClosedRange<Double>? = nil,
        isPartial: Bool = false, grader: GraderExpectation? = nil
    ) {
        self.permitted = permitted
        self.required = required
        self.score = score
        self.isPartial = isPartial
        self.grader = grader
    }

    /// A directory's name, as packages use them.
    package init?(directory: String) {
        switch directory {
        case "accepted": self.init(permitted: [.accepted])
        case "wrong_answer", "wrong-answer", "cheating": self.init(permitted: [.wrongAnswer])
        case "rejected": self.init(permitted: Verdict.allCases.filter { $0 != .accepted && $0 != .internalError })
        case "time_limit_exceeded", "time-limit-exceeded", "slow": self.init(permitted: [.timeLimitExceeded])
        case "run_time_error", "run-time-error", "runtime_error", "runtime-error", "crashing":
            self.init(permitted: [.runtimeError, .memoryLimitExceeded])
        case "memory_limit_exceeded": self.init(permitted: [.memoryLimitExceeded, .runtimeError])
        case "output_limit_exceeded": self.init(permitted: [.outputLimitExceeded])
        case "compile_error", "compiler_error", "compile-error": self.init(permitted: [.compileError])
        case "partially_accepted", "partially-accepted": self.init(isPartial: true)
        case "brute_force":
            self.init(permitted: [.timeLimitExceeded, .runtimeError, .memoryLimitExceeded])
            timeBound = TimeBound.none
        default: return nil
        }
    }
}

/// What must become of the tests whose names, or whose groups' names, fit a pattern.
package struct TestRule: Sendable, Hashable {
    /// `nil` is every test.
    package var pattern: NamePattern?
    /// Each test must have one of these; empty permits every verdict.
    package var permitted: [Verdict]
    /// At least one test must have one of these; empty requires nothing.
    package var required: [Verdict]
    /// Of the group, or of the whole.
    package var score: ClosedRange<Double>?
    /// Occurs in what a checker said to the judges of at least one test.
    package var message: String?

    package init(
        pattern: NamePattern? = nil, permitted: [Verdict] = [], required: [Verdict] = [],
        score: ClosedRange<Double>? = nil, message: String? = nil
    ) {
        self.pattern = pattern
        self.permitted = permitted
        self.required = required
        self.score = score
        self.message = message
    }
}

/// What a grader must have said, where a format records that.
package struct GraderExpectation: Sendable, Hashable {
    package var result: String?
    package var grade: Double?
    package var problems: [String: String]
    package var tags: [String: Bool]
    /// By name, as JSON.
    package var custom: [String: String]
    package var state: String?

    package init(
        result: String? = nil, grade: Double? = nil, problems: [String: String] = [:], tags: [String: Bool] = [:],
        custom: [String: String] = [:], state: String? = nil
    ) {
        self.result = result
        self.grade = grade
        self.problems = problems
        self.tags = tags
        self.custom = custom
        self.state = state
    }
}
