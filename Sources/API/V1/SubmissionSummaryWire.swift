import Core
import Grading
import Storage

/// A row of `GET /v1/submissions`.
struct SubmissionSummaryWire: Sendable, Encodable {
    let summary: SubmissionSummary
    /// Where it stands while it has not ended.
    let place: QueueForecast.Place?

    private enum CodingKeys: String, CodingKey {
        case id, status, language, task, course, user, priority, verdict, score, metadata, position
        case eta = "eta_seconds"
        case createdAt = "created_at"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case maximumScore = "maximum_score"
        case cpuTime = "cpu_seconds"
        case wallTime = "wall_seconds"
        case peakMemory = "memory_bytes"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(summary.id, forKey: .id)
        try container.encode(summary.status, forKey: .status)
        try container.encode(summary.language, forKey: .language)
        try container.encodeIfPresent(summary.task, forKey: .task)
        try container.encodeIfPresent(summary.course, forKey: .course)
        try container.encodeIfPresent(summary.user, forKey: .user)
        try container.encode(summary.priority, forKey: .priority)
        try container.encode(timestamp(summary.createdAt), forKey: .createdAt)
        try container.encodeIfPresent(summary.startedAt.map(timestamp), forKey: .startedAt)
        try container.encodeIfPresent(summary.finishedAt.map(timestamp), forKey: .finishedAt)
        try container.encodeIfPresent(place?.position, forKey: .position)
        try container.encodeIfPresent(place?.wait.roundedSeconds, forKey: .eta)
        try container.encodeIfPresent(summary.result?.verdict, forKey: .verdict)
        try container.encodeIfPresent(summary.result?.score, forKey: .score)
        try container.encodeIfPresent(summary.result?.maximumScore, forKey: .maximumScore)
        try container.encodeIfPresent(summary.result?.cpuTime.inSeconds, forKey: .cpuTime)
        try container.encodeIfPresent(summary.result?.wallTime.inSeconds, forKey: .wallTime)
        try container.encodeIfPresent(summary.result?.peakMemory, forKey: .peakMemory)
        try container.encode(summary.metadata, forKey: .metadata)
    }
}

struct SubmissionPageWire: Sendable, Encodable {
    let submissions: [SubmissionSummaryWire]
    let nextCursor: SubmissionID?

    private enum CodingKeys: String, CodingKey {
        case submissions
        case nextCursor = "next_cursor"
    }
}
