import Core
import Sandboxing

/// A program that makes one result of those of a group's members: `VERDICT SCORE` in a line for each on its standard
/// input, one such line on its standard output, exit code 0.
struct GroupGraderRun: Sendable {
    let program: Program
    let grader: CheckerProgram

    /// As its words are for verdicts. It knows no others.
    private static let codes: [(code: String, verdict: Verdict)] = [
        ("AC", .accepted), ("WA", .wrongAnswer), ("RTE", .runtimeError), ("TLE", .timeLimitExceeded),
    ]

    func result(
        of members: [(verdict: Verdict, points: Double)], on backend: any SandboxBackend, cpus: [Int]
    ) async throws -> (Verdict, Double) {
        let input = members.map { "\(Self.code(of: $0.verdict)) \($0.points)\n" }.joined()
        let configuration = SandboxConfiguration(
            limits: program.limits, cpuSet: cpus, image: program.image, warm: program.warm)
        let outcome = try await withSandbox(of: backend, configuration) { sandbox in
            let command = Command(
                arguments: program.command(grader.arguments), environment: program.environment,
                stdin: Array(input.utf8), limits: program.limits)
            return try await sandbox.run(command, with: program.files, isLast: true)
        }
        if outcome.ending == .cancelled { throw CancellationError() }
        return try Self.result(outcome)
    }

    static func result(_ outcome: Outcome) throws(CheckerFailure) -> (Verdict, Double) {
        guard outcome.ending == .exited(0) else {
            throw CheckerFailure(grader: outcome, "the grader of a group must exit with 0")
        }
        let words = String(decoding: outcome.stdout.bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let verdict = codes.first(where: { $0.code == words[0] })?.verdict,
            let points = Double(words[1]), points.isFinite
        else { throw CheckerFailure("the grader of a group printed no verdict with a score") }
        // A score counts only for what is accepted.
        return (verdict, verdict == .accepted ? points : 0)
    }

    static func code(of verdict: Verdict) -> String {
        codes.first { $0.verdict == verdict }?.code
            ?? (verdict == .memoryLimitExceeded || verdict == .outputLimitExceeded ? "RTE" : "WA")
    }
}
