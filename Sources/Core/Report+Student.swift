extension Report {
    /// What a student may see of this. Of a hidden test that is its verdict, its points and what it took, as far as
    /// `hiddenFeedback` allows; never what went in, what was expected or what came out: a program could print its input, or
    /// tell it by its exit code or by what kills it.
    package func forStudent() -> Report {
        let hidden = hiddenFeedback ?? .tests
        var report = self
        report.grader = nil
        report.feedback?.privateValues = nil
        report.feedback?.original = nil
        // Why a teacher's program failed is told by that program, which knows the tests.
        if verdict == .internalError { report.message = report.message.map { _ in "the grading failed" } }
        report.tests = tests.compactMap { test in
            var test = test
            test.extraData = nil
            if test.verdict == .internalError { test.message = nil }
            guard test.visibility == .hidden else { return test }
            return hidden == .tests ? test.redacted : nil
        }
        if hidden == .score { report.groups = groups?.filter { $0.visibility == .sample } }
        return report
    }
}

extension TestResult {
    fileprivate var redacted: TestResult {
        var test = self
        test.message = nil
        test.tags = nil
        if let outcome {
            test.outcome = Outcome(
                ending: outcome.ending.withoutDetail, cpuTime: outcome.cpuTime, wallTime: outcome.wallTime,
                peakMemory: outcome.peakMemory, stages: outcome.stages)
        }
        return test
    }
}

extension Ending {
    /// One code for every failure, one signal for all.
    fileprivate var withoutDetail: Ending {
        switch self {
        case .exited(let code): .exited(code == 0 ? 0 : 1)
        case .signalled: .signalled(9)
        default: self
        }
    }
}
