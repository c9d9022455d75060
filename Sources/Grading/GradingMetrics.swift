import Core
import Metrics

/// What grading tells monitoring. Labels have few values: languages, verdicts, backends; never ids.
enum GradingMetrics {
    static func accepted(language: String) {
        Counter(label: "assay_submissions_accepted_total", dimensions: [("language", language)]).increment()
    }

    static func refused(_ error: SubmissionError) {
        let reason =
            switch error {
            case .invalid: "invalid"
            case .queueFull: "queue_full"
            case .unavailable: "unavailable"
            case .notFound: "not_found"
            }
        Counter(label: "assay_submissions_refused_total", dimensions: [("reason", reason)]).increment()
    }

    static func started(_ submission: Submission) {
        Timer(label: "assay_queue_wait_seconds").recordSeconds(max(0, -submission.createdAt.timeIntervalSinceNow))
    }

    static func ended(_ submission: Submission, after duration: Duration) {
        Timer(label: "assay_grading_seconds", dimensions: [("language", submission.draft.language)])
            .recordNanoseconds(duration.inNanoseconds)
    }

    static func finished(_ submission: Submission, _ report: Report) {
        Counter(
            label: "assay_verdicts_total",
            dimensions: [
                ("verdict", report.verdict.rawValue), ("language", submission.draft.language),
                ("backend", report.backend.rawValue),
            ]
        ).increment()
        let outcomes = [report.compilation?.outcome] + report.tests.map(\.outcome)
        let stages = outcomes.compactMap { $0?.stages }
        for timing in stages {
            for (stage, duration) in [
                ("create", timing.create), ("launch", timing.launch), ("execute", timing.execute),
                ("stop", timing.stop),
            ] {
                Timer(
                    label: "assay_sandbox_stage_seconds",
                    dimensions: [("backend", report.backend.rawValue), ("stage", stage)]
                ).recordNanoseconds(duration.inNanoseconds)
            }
        }
    }

    static func attemptFailed() { Counter(label: "assay_attempts_failed_total").increment() }

    static func leaseLost() { Counter(label: "assay_leases_lost_total").increment() }
}
