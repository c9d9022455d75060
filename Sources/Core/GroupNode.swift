/// A group of tests that may hold groups itself. The results of its members, tests and groups alike, become one result.
package struct GroupNode: Sendable, Hashable, Codable {
    package var name: String
    /// In the order in which they run.
    package var members: [Member]
    package var scoring: GroupScoring
    package var verdictRule: VerdictRule
    /// Ends the group after the first member that counts and failed.
    package var stopOnFailure: Bool
    /// The most that it can be worth; `nil` is what its members are worth.
    package var points: Double?
    /// Takes the place of the two rules.
    package var grader: CheckerProgram?
    /// Whether it counts for the group that it is in.
    package var isCounted: Bool
    package var visibility: TestVisibility

    package enum Member: Sendable, Hashable, Codable {
        /// The tests of a plan's group, by its number: each is a result of its own.
        case tests(Int)
        case group(GroupNode)
    }

    package init(
        name: String, members: [Member], scoring: GroupScoring = .sum, verdictRule: VerdictRule = .worst,
        stopOnFailure: Bool = true, points: Double? = nil, grader: CheckerProgram? = nil, isCounted: Bool = true,
        visibility: TestVisibility = .hidden
    ) {
        self.name = name
        self.members = members
        self.scoring = scoring
        self.verdictRule = verdictRule
        self.stopOnFailure = stopOnFailure
        self.points = points
        self.grader = grader
        self.isCounted = isCounted
        self.visibility = visibility
    }

    /// The programs that make one result of several, here and below.
    package var graders: [CheckerProgram] {
        members.reduce(grader.map { [$0] } ?? []) { graders, member in
            if case .group(let node) = member { graders + node.graders } else { graders }
        }
    }

    /// The most that can be reached, where `groups` are the plan's.
    package func maximumPoints(of groups: [TestGroup]) -> Double {
        points
            ?? scoring.combined(
                members.flatMap { member -> [Double] in
                    switch member {
                    case .tests(let index): groups[index].tests.map(\.points)
                    case .group(let node): node.isCounted ? [node.maximumPoints(of: groups)] : []
                    }
                })
    }
}
