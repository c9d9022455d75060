import Core
import Sandboxing

/// A submission and a checker that talk to each other over crossed pipes, each in a sandbox of its own.
struct Interaction: Sendable {
    let student: any Sandbox
    let judge: any Sandbox

    struct Result: Sendable {
        let student: Outcome
        let judge: Outcome
        /// Whether the checker ended before the submission did.
        let judgeWasFirst: Bool
    }

    private enum End: Sendable {
        case student(Outcome, at: ContinuousClock.Instant)
        case judge(Outcome, at: ContinuousClock.Instant)
    }

    /// Runs both until both have ended. When one ends, the other reads the end of its input; a submission that was
    /// rejected is not waited for. Two that wait for each other are ended by the submission's wall time.
    func run(_ studentCommand: Command, _ judgeCommand: Command) async throws -> Result {
        let (toJudge, toStudent) = (try Descriptor.pipe(), try Descriptor.pipe())
        var studentCommand = studentCommand
        var judgeCommand = judgeCommand
        studentCommand.connections.stdin = toStudent.reading
        studentCommand.connections.stdout = toJudge.writing
        judgeCommand.connections.stdin = toJudge.reading
        judgeCommand.connections.stdout = toStudent.writing
        judgeCommand.limits.wallTime = max(
            judgeCommand.limits.wallTime, studentCommand.limits.wallTime + Self.judgeMargin)
        let (studentRun, judgeRun) = (studentCommand, judgeCommand)
        let wallTime = studentCommand.limits.wallTime
        return try await withThrowingTaskGroup(of: End.self) { group in
            group.addTask {
                let (outcome, end) = try await Self.timed { try await judge.run(judgeRun) }
                return .judge(outcome, at: end)
            }
            // A submission that is to be ended early is ended by cancelling its task alone.
            let studentTask = Task {
                try await Self.timed { try await student.run(studentRun) }
            }
            group.addTask {
                try await withTaskCancellationHandler {
                    let (outcome, end) = try await studentTask.value
                    return .student(outcome, at: end)
                } onCancel: {
                    studentTask.cancel()
                }
            }
            var (studentEnd, judgeEnd): ((Outcome, ContinuousClock.Instant)?, (Outcome, ContinuousClock.Instant)?)
            while let end = try await group.next() {
                switch end {
                case .student(let outcome, let at): studentEnd = (outcome, at)
                case .judge(let outcome, let at):
                    judgeEnd = (outcome, at)
                    if outcome.ending != .exited(CheckerProgram.accepts) { studentTask.cancel() }
                }
            }
            guard let studentEnd, let judgeEnd else { throw CancellationError() }
            try Task.checkCancellation()
            // A submission that broke a limit was still at work, and would have been ended had it been rejected before.
            // The two times may be a few milliseconds wrong, as long as a busy service takes to begin a run.
            var outcome = studentEnd.0
            // The checker rejects what its time has just ended, and the rejection overtakes the news of that.
            if outcome.ending == .cancelled, outcome.wallTime >= wallTime { outcome.ending = .overWallTime }
            let judgeWasFirst = !outcome.ending.isBreach && judgeEnd.1 <= studentEnd.1
            return Result(student: outcome, judge: judgeEnd.0, judgeWasFirst: judgeWasFirst)
        }
    }

    /// How much longer than the submission the checker may run.
    static let judgeMargin = Duration.seconds(10)

    /// When a program ended, from the sandbox's own times: its answer comes after cleaning up, which would make the
    /// order of two ends that are close a matter of chance.
    private static func timed(
        _ run: () async throws -> Outcome
    ) async throws -> (Outcome, ContinuousClock.Instant) {
        let start = ContinuousClock.now
        let outcome = try await run()
        return (outcome, start + outcome.stages.launch + outcome.stages.execute)
    }
}
