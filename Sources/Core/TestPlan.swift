/// Tests in groups, and how their results become a score: what a task of a course or a contest is judged by.
package struct TestPlan: Sendable, Hashable, Codable {
    /// In the order in which they run.
    package var groups: [TestGroup]
    /// For tests that name none.
    package var checker: Checker
    package var conduct: Conduct
    /// Score of the whole: the sum of its groups, or their smallest, and so on.
    package var scoring: GroupScoring
    /// Ends the run of tests after the first group that failed.
    package var stopOnFailure: Bool
    /// How the groups' verdicts become the submission's.
    package var verdictRule: VerdictRule
    /// Groups within groups, whose members are `groups` by number. It takes the place of the four rules above and of
    /// those of the groups.
    package var tree: GroupNode?

    package init(
        groups: [TestGroup], checker: Checker = .trimmed, conduct: Conduct = .batch, scoring: GroupScoring = .sum,
        stopOnFailure: Bool = false, verdictRule: VerdictRule = .first, tree: GroupNode? = nil
    ) {
        self.tree = tree
        self.groups = groups
        self.checker = checker
        self.conduct = conduct
        self.scoring = scoring
        self.stopOnFailure = stopOnFailure
        self.verdictRule = verdictRule
    }

    package var tests: [TestCase] { groups.flatMap(\.tests) }

    /// The teacher's programs: checkers, and what makes one result of several.
    package var programs: [CheckerProgram] {
        let checkers = [checker] + tests.compactMap(\.checker)
        let own = checkers.flatMap { checker -> [CheckerProgram] in
            guard case .program(let program) = checker else { return [] }
            return [program] + (program.others ?? [])
        }
        return own + tests.compactMap(\.staticValidator) + (tree?.graders ?? [])
    }

    /// The most that can be reached.
    package var maximumScore: Double {
        tree?.maximumPoints(of: groups) ?? scoring.combined(groups.filter(\.isCounted).map(\.maximumPoints))
    }
}

/// How a test is run.
package enum Conduct: Sendable, Hashable, Codable {
    /// The program reads its input and prints its output; then the checker looks.
    case batch
    /// The program and the checker, which must be a program, talk to each other while both run.
    case interactive
    /// As `batch` or `interactive`, but the checker may ask for another run, with an input that it makes; at most
    /// `passes` of them.
    case multiPass(passes: Int, isInteractive: Bool)

    package var isInteractive: Bool {
        switch self {
        case .batch: false
        case .interactive: true
        case .multiPass(_, let isInteractive): isInteractive
        }
    }

    package var passes: Int { if case .multiPass(let passes, _) = self { passes } else { 1 } }
}

/// Tests that count together.
package struct TestGroup: Sendable, Hashable, Codable {
    package var name: String
    package var tests: [TestCase]
    /// What it is worth; `nil` is what its tests are worth, combined by `scoring`.
    package var points: Double?
    package var scoring: GroupScoring
    package var verdictRule: VerdictRule
    /// Names of groups before it that must be accepted, or it does not run.
    package var requires: [String]
    /// Whether its later tests are skipped after one that failed.
    package var stopOnFailure: Bool
    /// Whether its points and its verdict count: a sample may be only shown.
    package var isCounted: Bool
    package var visibility: TestVisibility

    package init(
        name: String, tests: [TestCase], points: Double? = nil, scoring: GroupScoring = .sum,
        verdictRule: VerdictRule = .first, requires: [String] = [], stopOnFailure: Bool = false,
        isCounted: Bool = true, visibility: TestVisibility = .hidden
    ) {
        self.name = name
        self.tests = tests
        self.points = points
        self.scoring = scoring
        self.verdictRule = verdictRule
        self.requires = requires
        self.stopOnFailure = stopOnFailure
        self.isCounted = isCounted
        self.visibility = visibility
    }

    package var maximumPoints: Double { points ?? scoring.combined(tests.map(\.points)) }
}

/// What a checker may say of a test's score beside its verdict.
package enum ScoreRule: String, Sendable, Hashable, Codable, CaseIterable {
    /// What it says has no effect.
    case ignored
    /// It must say nothing.
    case forbidden
    /// No more than the test's points, and nothing of what it rejects.
    case bounded
    /// The score of what it accepts has no bound, and must be said.
    case required
}

/// How the scores of tests become a group's, or those of groups a submission's.
package enum GroupScoring: String, Sendable, Hashable, Codable, CaseIterable {
    case sum, average, minimum, maximum
    /// Everything when each test is accepted, otherwise nothing.
    case allOrNothing = "all-or-nothing"

    /// Of what is given; nothing of nothing.
    package func combined(_ scores: [Double]) -> Double {
        guard !scores.isEmpty else { return 0 }
        switch self {
        case .sum, .allOrNothing: return scores.reduce(0, +)
        case .average: return scores.reduce(0, +) / Double(scores.count)
        case .minimum: return scores.min() ?? 0
        case .maximum: return scores.max() ?? 0
        }
    }
}

/// How the verdicts of tests become their group's.
package enum VerdictRule: String, Sendable, Hashable, Codable, CaseIterable {
    /// The first failure's.
    case first
    /// The gravest failure's.
    case worst
    /// Accepted as soon as one test is.
    case any
    /// Accepted whatever happens: only the score says something.
    case always
}

/// Who may see a test's input, expected output and what the program printed.
package enum TestVisibility: String, Sendable, Hashable, Codable, CaseIterable {
    case sample, hidden
}

/// What students are told of hidden tests.
package enum HiddenFeedback: String, Sendable, Hashable, Codable, CaseIterable {
    /// Each test's verdict, time and memory.
    case tests
    /// Each group's verdict and score.
    case groups
    /// The score and the verdict of the whole.
    case score
}

/// By what a language multiplies the limits of a task.
package struct LimitFactors: Sendable, Hashable, Codable {
    package var time: Double
    package var memory: Double

    package init(time: Double = 1, memory: Double = 1) {
        self.time = time
        self.memory = memory
    }

    /// `request` with what it names multiplied.
    package func applied(to request: LimitsRequest) -> LimitsRequest {
        var request = request
        request.cpuTime = request.cpuTime.map { $0 * time }
        request.wallTime = request.wallTime.map { $0 * time }
        request.memory = request.memory.map { Int((Double($0) * memory).rounded()) }
        return request
    }
}
