import Core
import Foundation
import Grading
import Storage

/// A submission as v1 shows it.
struct SubmissionWire: Sendable, Encodable {
    let submission: Submission
    /// Whether the reader may know hidden tests: who teaches the course.
    let showsHidden: Bool

    /// Where it stands while it has not ended.
    let place: QueueForecast.Place?

    init(submission: Submission, for principal: Principal, at place: QueueForecast.Place? = nil) {
        self.submission = submission
        self.place = place
        showsHidden = principal.may(.teacher) && principal.covers(submission.draft.owner.course)
    }

    private enum CodingKeys: String, CodingKey {
        case id, status, language, task, course, user, priority, metadata, report, position
        case eta = "eta_seconds"
        case createdAt = "created_at"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case cancellationAsked = "cancellation_asked"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(submission.id, forKey: .id)
        try container.encode(submission.state.status, forKey: .status)
        try container.encode(submission.draft.language, forKey: .language)
        if case .catalog(let task) = submission.draft.task { try container.encode(task, forKey: .task) }
        try container.encodeIfPresent(submission.draft.owner.course, forKey: .course)
        try container.encodeIfPresent(submission.draft.owner.user, forKey: .user)
        try container.encode(submission.draft.priority, forKey: .priority)
        try container.encode(timestamp(submission.createdAt), forKey: .createdAt)
        try container.encode(submission.draft.metadata, forKey: .metadata)
        if !submission.state.isFinal, let place {
            try container.encodeIfPresent(place.position, forKey: .position)
            try container.encode(place.wait.roundedSeconds, forKey: .eta)
        }
        switch submission.state {
        case .queued: break
        case .running(_, _, let since, let isCancellationAsked):
            try container.encode(timestamp(since), forKey: .startedAt)
            if isCancellationAsked { try container.encode(true, forKey: .cancellationAsked) }
        case .finished(let report, let startedAt, let finishedAt):
            try container.encode(timestamp(startedAt), forKey: .startedAt)
            try container.encode(timestamp(finishedAt), forKey: .finishedAt)
            try container.encode(ReportWire(report: showsHidden ? report : report.forStudent()), forKey: .report)
        case .cancelled(let date): try container.encode(timestamp(date), forKey: .finishedAt)
        }
    }
}

extension Duration {
    /// To the millisecond: more of an estimate is noise.
    var roundedSeconds: Double { (inSeconds * 1000).rounded() / 1000 }
}
