import Core
import Sandboxing

/// Groups within groups: the results of a group's members become its own, by rules or by a program.
extension PlanJudge {
    /// What a member came to.
    private struct SubResult: Sendable {
        var verdict: Verdict
        var points: Double
        var isCounted = true
    }

    func judge(
        _ tree: GroupNode, progress: @Sendable (_ done: Int, _ of: Int) -> Void
    ) async throws -> Result {
        var result = Result()
        let whole = try await judge(tree, isSkipped: false, into: &result, progress: progress)
        result.verdict = whole.verdict
        result.score = whole.points
        return result
    }

    private func judge(
        _ node: GroupNode, isSkipped: Bool, into result: inout Result,
        progress: @Sendable (_ done: Int, _ of: Int) -> Void
    ) async throws -> SubResult {
        var members: [SubResult] = []
        for member in node.members {
            let hasFailed = members.contains { $0.isCounted && $0.verdict != .accepted }
            let isSkipped = isSkipped || (node.stopOnFailure && hasFailed)
            switch member {
            case .group(let inner):
                var outcome = try await judge(inner, isSkipped: isSkipped, into: &result, progress: progress)
                outcome.isCounted = inner.isCounted
                members.append(outcome)
            case .tests(let index):
                for test in plan.groups[index].tests {
                    let isOver = node.stopOnFailure && members.contains { $0.isCounted && $0.verdict != .accepted }
                    let outcome = try await judge(test, of: node, isSkipped: isSkipped || isOver)
                    result.tests.append(outcome)
                    progress(result.tests.count, plan.tests.count)
                    members.append(SubResult(verdict: outcome.verdict, points: outcome.points))
                }
            }
        }
        let own = try await combined(node, members, &result.message)
        if !node.name.isEmpty {
            result.groups.append(
                GroupResult(
                    name: node.name, verdict: own.verdict, points: own.points,
                    maximumPoints: node.maximumPoints(of: plan.groups), visibility: node.visibility))
        }
        return own
    }

    private func judge(_ test: TestCase, of node: GroupNode, isSkipped: Bool) async throws -> TestResult {
        try Task.checkCancellation()
        var outcome = isSkipped ? TestResult.skipped(test) : try await judge(test)
        outcome.group = node.name
        outcome.visibility = node.visibility
        return outcome
    }

    private func combined(
        _ node: GroupNode, _ members: [SubResult], _ message: inout String?
    ) async throws -> SubResult {
        let counted = members.filter(\.isCounted)
        // Judging went over to grading before these.
        let judged = counted.filter { $0.verdict != .skipped }
        var own = SubResult(verdict: Verdict(of: counted.map(\.verdict), by: node.verdictRule), points: 0)
        if judged.isEmpty || own.verdict == .internalError { return own }
        if let grader = node.grader {
            do { return try await graded(grader, judged) } catch let failure as CheckerFailure {
                // A judge error is nobody's points.
                message = message ?? failure.description
                return SubResult(verdict: .internalError, points: 0)
            }
        }
        if node.scoring == .allOrNothing {
            own.points = own.verdict == .accepted ? node.maximumPoints(of: plan.groups) : 0
        } else {
            own.points = node.scoring.combined(judged.map(\.points))
        }
        if let most = node.points { own.points = min(own.points, most) }
        return own
    }

    private func graded(_ grader: CheckerProgram, _ members: [SubResult]) async throws -> SubResult {
        let program = try await checkers.program(of: grader, in: languages, on: backend, cpus: cpus)
        let (verdict, points) = try await GroupGraderRun(program: program, grader: grader)
            .result(of: members.map { ($0.verdict, $0.points) }, on: backend, cpus: cpus)
        return SubResult(verdict: verdict, points: points)
    }
}
