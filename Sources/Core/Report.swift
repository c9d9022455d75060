/// What grading a submission came to.
package struct Report: Sendable, Hashable, Codable {
    package var verdict: Verdict
    /// Points reached, of `maximumScore`.
    package var score: Double
    package var maximumScore: Double
    /// The backend that really ran it.
    package var backend: BackendName
    /// How its sandboxes got their roots; `nil` where none was made.
    package var storage: StorageStrategy?
    package var compilation: Compilation?
    package var tests: [TestResult]
    /// Why, when the verdict alone does not say it: the reason of an internal error, for example.
    package var message: String?
    /// In a task whose tests are in groups.
    package var groups: [GroupResult]?
    /// What a grader or a checker said beyond verdicts.
    package var feedback: GraderFeedback?
    /// How the grader's own program fared. For teachers.
    package var grader: Outcome?
    /// What students may be told of hidden tests, as the task says it; `nil` is `tests`.
    package var hiddenFeedback: HiddenFeedback?
    /// Names the request that the submission was handed in with.
    package var requestID: String?
    /// What the student's side took where a grader ran it.
    package var runs: RunTotals?
    /// Limits that its programs ran without, because the host cannot enforce them and the operator accepts that.
    package var unenforced: [UnenforcedLimit]?

    package init(
        verdict: Verdict, score: Double = 0, maximumScore: Double = 0, backend: BackendName,
        compilation: Compilation? = nil, tests: [TestResult] = [], message: String? = nil,
        groups: [GroupResult]? = nil, feedback: GraderFeedback? = nil, grader: Outcome? = nil,
        hiddenFeedback: HiddenFeedback? = nil, storage: StorageStrategy? = nil
    ) {
        self.verdict = verdict
        self.score = score
        self.maximumScore = maximumScore
        self.backend = backend
        self.compilation = compilation
        self.tests = tests
        self.message = message
        self.groups = groups
        self.feedback = feedback
        self.grader = grader
        self.hiddenFeedback = hiddenFeedback
        self.storage = storage
    }

    /// CPU time of all tests together, and of all runs by a grader.
    package var cpuTime: Duration {
        tests.reduce(runs?.cpuTime ?? .zero) { $0 + ($1.outcome?.cpuTime ?? .zero) }
    }
    /// The longest wall time of one test.
    package var wallTime: Duration { tests.map { $0.outcome?.wallTime ?? .zero }.max() ?? .zero }
    /// The largest peak of one test, in bytes.
    package var peakMemory: Int {
        max(runs?.peakMemory ?? 0, tests.map { $0.outcome?.peakMemory ?? 0 }.max() ?? 0)
    }
}

/// Several runs as one.
package struct RunTotals: Sendable, Hashable, Codable {
    package var count: Int
    package var cpuTime: Duration
    /// The largest of one run, in bytes.
    package var peakMemory: Int

    package init(count: Int = 0, cpuTime: Duration = .zero, peakMemory: Int = 0) {
        self.count = count
        self.cpuTime = cpuTime
        self.peakMemory = peakMemory
    }
}

/// How the compiler fared.
package struct Compilation: Sendable, Hashable, Codable {
    package var succeeded: Bool
    package var outcome: Outcome

    package init(succeeded: Bool, outcome: Outcome) {
        self.succeeded = succeeded
        self.outcome = outcome
    }
}

/// One test case's result.
package struct TestResult: Sendable, Hashable, Codable {
    package var name: String
    package var verdict: Verdict
    /// Which clock, when the verdict is `timeLimitExceeded`.
    package var timeLimit: TimeLimitKind?
    package var points: Double
    package var maximumPoints: Double
    /// What the checker has to say, for people.
    package var message: String?
    /// `nil` when the test did not run.
    package var outcome: Outcome?
    /// The group that it belongs to.
    package var group: String?
    /// `nil` is `sample`: tests that came with the submission hide nothing.
    package var visibility: TestVisibility?
    /// What the checker says to the student; `message` is for teachers where the test is hidden.
    package var feedback: String?
    /// How `feedback` and `name` are written; `nil` is text.
    package var format: GraderFeedback.Format?
    package var nameFormat: GraderFeedback.Format?
    package var tags: [String]?
    /// The grader's own, as JSON. For teachers.
    package var extraData: String?

    package init(
        name: String, verdict: Verdict, timeLimit: TimeLimitKind? = nil, points: Double, maximumPoints: Double,
        message: String? = nil, outcome: Outcome? = nil, group: String? = nil, visibility: TestVisibility? = nil,
        feedback: String? = nil
    ) {
        self.name = name
        self.verdict = verdict
        self.timeLimit = timeLimit
        self.points = points
        self.maximumPoints = maximumPoints
        self.message = message
        self.outcome = outcome
        self.group = group
        self.visibility = visibility
        self.feedback = feedback
    }
}
