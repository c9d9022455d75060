import Core

extension TestResult {
    /// What `outcome` means for `test`: limits first, then how the program ended, then what it printed.
    static func judge(_ test: TestCase, _ outcome: Outcome, by checker: Checker) -> TestResult {
        var result = judgeEnding(test, outcome)
        guard result.verdict == .accepted else { return result }
        if let expected = test.expectedOutput {
            let check = checker.check(expected: expected, actual: outcome.stdout.bytes)
            result.verdict = check.isAccepted ? .accepted : .wrongAnswer
            result.message = check.message
        }
        if result.verdict == .accepted { result.points = test.points }
        return result
    }

    /// What the end of a program means for `test`; accepted if it says nothing against it. Gives no points.
    static func judgeEnding(_ test: TestCase, _ outcome: Outcome) -> TestResult {
        var result = TestResult(
            name: test.name, verdict: .accepted, points: 0, maximumPoints: test.points, outcome: outcome)
        switch outcome.ending {
        case .exited(0): break
        case .exited(let code):
            result.verdict = .runtimeError
            result.message = "exited with code \(code)"
        case .signalled(let signal):
            result.verdict = .runtimeError
            result.message = "ended by \(signalName(signal))"
        case .overCPUTime:
            result.verdict = .timeLimitExceeded
            result.timeLimit = .cpu
        case .overWallTime:
            result.verdict = .timeLimitExceeded
            result.timeLimit = .wall
        case .overMemory: result.verdict = .memoryLimitExceeded
        case .overOutput: result.verdict = .outputLimitExceeded
        case .cancelled: result.verdict = .internalError
        }
        return result
    }

    static func skipped(_ test: TestCase) -> TestResult {
        TestResult(name: test.name, verdict: .skipped, points: 0, maximumPoints: test.points)
    }
}

extension Verdict {
    /// The first failure decides; without one the submission is accepted.
    static func overall(of results: [TestResult]) -> Verdict {
        results.first { $0.verdict != .accepted && $0.verdict != .skipped }?.verdict ?? .accepted
    }
}
