import Core
import Foundation
import Storage

/// A submission as v1 shows it.
struct SubmissionWire: Sendable, Encodable {
    let submission: Submission
    /// Whether the reader may know hidden tests: who teaches the course.
    let showsHidden: Bool

    init(submission: Submission, for principal: Principal) {
        self.submission = submission
        showsHidden = principal.may(.teacher) && principal.covers(submission.draft.owner.course)
    }

    private enum CodingKeys: String, CodingKey {
        case id, status, language, task, course, user, priority, metadata, report
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

/// RFC 3339 with milliseconds, in UTC.
func timestamp(_ date: Date) -> String { date.formatted(.iso8601WithMilliseconds) }

extension FormatStyle where Self == Date.ISO8601FormatStyle {
    static var iso8601WithMilliseconds: Date.ISO8601FormatStyle { .init(includingFractionalSeconds: true) }
}
