import Core
import Foundation
import Metrics

/// What grading tells monitoring. Labels have few values: languages, verdicts, backends, classes; never ids.
enum GradingMetrics {
    static func accepted(_ draft: SubmissionDraft) {
        Counter(
            label: "assay_submissions_accepted_total",
            dimensions: [("language", draft.language), ("class", draft.priority.rawValue)]
        ).increment()
    }

    static func refused(_ error: SubmissionError) {
        let reason =
            switch error {
            case .invalid: "invalid"
            case .queueFull(.submissions, _), .queueFull(.bytes, _): "queue_full"
            case .queueFull(.user, _), .queueFull(.course, _): "share_full"
            case .keyReused: "key_reused"
            case .unavailable: "unavailable"
            case .notFound: "not_found"
            }
        Counter(label: "assay_submissions_refused_total", dimensions: [("reason", reason)]).increment()
    }

    /// An attempt begins: the first one, or another after one that failed or was lost.
    static func started(_ submission: Submission, attempt: Int) {
        Timer(label: "assay_queue_wait_seconds", dimensions: [("class", submission.draft.priority.rawValue)])
            .recordSeconds(max(0, -submission.createdAt.timeIntervalSinceNow))
        if attempt > 1 { Counter(label: "assay_attempts_retried_total").increment() }
    }

    static func ended(_ submission: Submission, after duration: Duration) {
        Timer(label: "assay_grading_seconds", dimensions: [("language", submission.draft.language)])
            .recordNanoseconds(duration.inNanoseconds)
    }

    static func finished(_ submission: Submission, _ report: Report) {
        let work = [("language", submission.draft.language), ("backend", report.backend.rawValue)]
        Counter(label: "assay_verdicts_total", dimensions: [("verdict", report.verdict.rawValue)] + work).increment()
        Timer(label: "assay_total_seconds", dimensions: work)
            .recordSeconds(max(0, -submission.createdAt.timeIntervalSinceNow))
        if let compilation = report.compilation {
            Timer(label: "assay_compile_seconds", dimensions: work)
                .recordNanoseconds(compilation.outcome.wallTime.inNanoseconds)
        }
        let runs = report.tests.compactMap(\.outcome)
        if !runs.isEmpty {
            Timer(label: "assay_run_seconds", dimensions: work)
                .recordNanoseconds(runs.reduce(.zero) { $0 + $1.wallTime }.inNanoseconds)
        }
        let backend = ("backend", report.backend.rawValue)
        for (stage, duration) in StageTimings.stages {
            let timer = Timer(label: "assay_sandbox_stage_seconds", dimensions: [backend, ("stage", stage)])
            if let outcome = report.compilation?.outcome {
                timer.recordNanoseconds(outcome.stages[keyPath: duration].inNanoseconds)
            }
            for outcome in runs { timer.recordNanoseconds(outcome.stages[keyPath: duration].inNanoseconds) }
        }
    }

    static func attemptFailed() { Counter(label: "assay_attempts_failed_total").increment() }

    static func leaseLost() { Counter(label: "assay_leases_lost_total").increment() }

    /// Submissions that were given up because their node died under them too often.
    static func gaveUp(_ count: Int) { Counter(label: "assay_submissions_given_up_total").increment(by: Int64(count)) }

    static func cancelled() { Counter(label: "assay_submissions_cancelled_total").increment() }
}

extension StageTimings {
    /// The stages that a report can tell of: removal comes after it was written.
    fileprivate static var stages: [(String, any KeyPath<StageTimings, Duration> & Sendable)] {
        [("create", \.create), ("launch", \.launch), ("execute", \.execute), ("stop", \.stop)]
    }
}
