/// The judgement of a test, or of a submission as a whole.
package enum Verdict: String, Sendable, Hashable, Codable, CaseIterable {
    case accepted
    case wrongAnswer = "wrong-answer"
    case compileError = "compile-error"
    case runtimeError = "runtime-error"
    case timeLimitExceeded = "time-limit-exceeded"
    case memoryLimitExceeded = "memory-limit-exceeded"
    case outputLimitExceeded = "output-limit-exceeded"
    /// Not run, because an earlier test failed and the task stops there.
    case skipped
    /// The service failed, not the program.
    case internalError = "internal-error"
}

/// Which clock a time limit was broken on.
package enum TimeLimitKind: String, Sendable, Hashable, Codable {
    case cpu, wall
}
