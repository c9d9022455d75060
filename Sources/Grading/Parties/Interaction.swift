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
        case student(Outcome)
        case judge(Outcome)
    }

    /// Runs both until both have ended. When one ends, the other reads the end of its input; a submission that was
    /// rejected is not waited for. Two that wait for each other are ended by the submission's wall time.
    func run(_ studentCommand: Command, _ judgeCommand: Command) async throws -> Result {
        let (toJudge, toStudent) = (try Descriptor.pipe(), try Descriptor.pipe())
        let order = try EndOrder()
        var studentCommand = studentCommand
        var judgeCommand = judgeCommand
        studentCommand.connections.stdin = toStudent.reading
        studentCommand.connections.stdout = toJudge.writing
        studentCommand.connections.control = order.held.first
        judgeCommand.connections.stdin = toJudge.reading
        judgeCommand.connections.stdout = toStudent.writing
        judgeCommand.connections.control = order.held.second
        judgeCommand.limits.wallTime = max(
            judgeCommand.limits.wallTime, studentCommand.limits.wallTime + Self.judgeMargin)
        let (studentRun, judgeRun) = (studentCommand, judgeCommand)
        let wallTime = studentCommand.limits.wallTime
        return try await withThrowingTaskGroup(of: End.self) { group in
            group.addTask { .judge(try await judge.run(judgeRun)) }
            // A submission that is to be ended early is ended by cancelling its task alone.
            let studentTask = Task { try await student.run(studentRun) }
            group.addTask {
                try await withTaskCancellationHandler {
                    .student(try await studentTask.value)
                } onCancel: {
                    studentTask.cancel()
                }
            }
            var (studentEnd, judgeEnd): (Outcome?, Outcome?)
            while let end = try await group.next() {
                switch end {
                case .student(let outcome): studentEnd = outcome
                case .judge(let outcome):
                    judgeEnd = outcome
                    if outcome.ending != .exited(CheckerProgram.accepts) { studentTask.cancel() }
                }
            }
            guard var studentEnd, let judgeEnd else { throw CancellationError() }
            try Task.checkCancellation()
            // The checker rejects what its time has just ended, and the rejection overtakes the news of that.
            if studentEnd.ending == .cancelled, studentEnd.wallTime >= wallTime { studentEnd.ending = .overWallTime }
            // A submission that broke a limit was still at work, and would have been ended had it been rejected before.
            let judgeWasFirst = !studentEnd.ending.isBreach && order.isReversed
            return Result(student: studentEnd, judge: judgeEnd, judgeWasFirst: judgeWasFirst)
        }
    }

    /// How much longer than the submission the checker may run.
    static let judgeMargin = Duration.seconds(10)
}
