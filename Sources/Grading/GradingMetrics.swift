import Core
import Foundation
import Metrics

/// What grading tells monitoring. Labels have few values: languages, verdicts, backends, classes; never ids.
package enum GradingMetrics {
    /// Makes the counters that alerts watch, so that they are there, at zero, before anything goes wrong.
    package static func prepare() {
        for label in [
            "assay_attempts_failed_total", "assay_attempts_retried_total", "assay_leases_lost_total",
            "assay_submissions_given_up_total", "assay_submissions_cancelled_total",
        ] {
            Counter(label: label).increment(by: 0)
        }
        for reason in Refused.allCases { refused(reason, by: 0) }
    }

    private enum Refused: String, CaseIterable {
        case invalid, queueFull = "queue_full", shareFull = "share_full", keyReused = "key_reused", unavailable
        case notFound = "not_found"
    }

    private static func refused(_ reason: Refused, by count: Int64) {
        Counter(label: "assay_submissions_refused_total", dimensions: [("reason", reason.rawValue)])
            .increment(by: count)
    }

    static func accepted(_ draft: SubmissionDraft) {
        Counter(
            label: "assay_submissions_accepted_total",
            dimensions: [("language", draft.language), ("class", draft.priority.rawValue)]
        ).increment()
    }

    static func refused(_ error: SubmissionError) {
        let reason: Refused =
            switch error {
            case .invalid: .invalid
            case .queueFull(.submissions, _), .queueFull(.bytes, _): .queueFull
            case .queueFull(.user, _), .queueFull(.course, _): .shareFull
            case .keyReused: .keyReused
            case .unavailable: .unavailable
            case .notFound: .notFound
            }
        refused(reason, by: 1)
    }

    /// An attempt begins: the first one, or another after one that failed or was lost.
    static func started(_ submission: Submission, attempt: Int, defaultBackend: BackendName) {
        let draft = submission.draft
        Timer(
            label: "assay_queue_wait_seconds",
            dimensions: [
                ("class", draft.priority.rawValue), ("language", draft.language),
                ("backend", (draft.backend ?? defaultBackend).rawValue),
            ]
        ).recordSeconds(max(0, -submission.createdAt.timeIntervalSinceNow))
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

    static func cleaned(_ backend: BackendName, in duration: Duration) {
        Timer(label: "assay_sandbox_stage_seconds", dimensions: [("backend", backend.rawValue), ("stage", "clean")])
            .recordNanoseconds(duration.inNanoseconds)
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
