import Core

extension ScriptJudge {
    /// Runs the grader and reads what it left.
    func report() async throws -> Report {
        if case .inginious(let problems) = script.result, !problems.hasRunFile {
            var report = Report(verdict: .accepted, maximumScore: script.points, backend: backend.name)
            let answers = problems.answers(in: submission)
            report.take(InginiousOutcome(answersOnly: answers), of: script.points)
            return report
        }
        if let setUp = script.setUp, let layers, image == .host {
            do {
                return try await layers.withLayer(of: setUp, on: backend) { try await over($0).report() }
            } catch let failure as CheckerFailure {
                return Report(
                    verdict: .internalError, maximumScore: script.points, backend: backend.name,
                    message: failure.description)
            }
        }
        let result = try await run()
        var report = Report(verdict: .internalError, maximumScore: script.points, backend: backend.name)
        report.grader = result.outcome
        report.runs = result.log.totals
        do throws(CheckerFailure) {
            switch script.result {
            case .assay: try AssayResult(result.files, result.outcome).apply(to: &report, points: script.points)
            case .gradescope: try GradescopeResult(result.files, result.outcome).apply(to: &report)
            case .inginious(let problems):
                var outcome = InginiousOutcome(result.files, result.outcome)
                outcome.add(problems.answers(in: submission))
                report.take(outcome, of: script.points)
            }
        } catch {
            // Whatever the student's program did, without a result of the grader's there is no verdict but this.
            report.verdict = .internalError
            report.score = 0
            report.message = error.description
        }
        return report
    }
}

extension Report {
    /// The verdict that follows from a score when a grader names none.
    static func verdict(score: Double, of maximum: Double) -> Verdict {
        score >= maximum - 1e-9 ? .accepted : .wrongAnswer
    }
}

extension CheckerFailure {
    /// Of a grader whose end leaves no result.
    init(grader outcome: Outcome, _ reason: String) {
        let errors = String(decoding: outcome.stderr.bytes.suffix(1000), as: UTF8.self)
        self.init("\(reason); the grader \(outcome.ending.words)" + (errors.isEmpty ? "" : ": " + errors))
    }
}
