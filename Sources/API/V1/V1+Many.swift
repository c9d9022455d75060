import Core
import Foundation
import Grading
import HTTPServer
import Storage

/// Judging again, cancelling and removing: one submission, or all that meet conditions.
extension V1 {
    /// Submissions that one request works on.
    static let largestSelection = 1000

    func rejudge(_ request: Request, _ principal: Principal) async throws(Refusal) -> Response {
        _ = try QueryParameters(request, allowing: [])
        let submission = try await taughtSubmission(request, principal)
        do {
            guard try await submissions.rejudge([submission.id]) == [submission.id] else {
                throw Refusal(
                    Problem(
                        .conflict, "not-finished", title: "Only a finished submission can be judged again",
                        detail: "It is \(submission.state.status.rawValue)."))
            }
            let queued = try await submissions.submission(submission.id)
            return JSON.response(
                .accepted, await wire(queued, principal), headers: ["Location": "/v1/submissions/\(queued.id)"])
        } catch { throw Refusal(any: error) }
    }

    func history(_ request: Request, _ principal: Principal) async throws(Refusal) -> Response {
        _ = try QueryParameters(request, allowing: [])
        let id = try await visibleID(request, principal)
        do {
            let submission = try await submissions.submission(id)
            let showsHidden = SubmissionWire(submission: submission, for: principal).showsHidden
            let past = try await submissions.history(of: id)
            return JSON.response(
                .ok, HistoryWire(reports: past.map { PastReportWire(past: $0, showsHidden: showsHidden) }))
        } catch { throw Refusal(error) }
    }

    func rejudgeSelection(_ request: Request, _ principal: Principal) async throws(Refusal) -> Response {
        try await forSelection(request, principal, statuses: [.finished]) { ids throws(SubmissionError) in
            try await submissions.rejudge(ids)
        }
    }

    func cancelSelection(_ request: Request, _ principal: Principal) async throws(Refusal) -> Response {
        try await forSelection(request, principal, statuses: [.queued, .running]) { ids throws(SubmissionError) in
            try await submissions.cancel(all: ids)
        }
    }

    /// Does `body` to the submissions that the request selects, the newest first, as many as one request may.
    private func forSelection(
        _ request: Request, _ principal: Principal, statuses: [SubmissionStatus],
        _ body: ([SubmissionID]) async throws(SubmissionError) -> [SubmissionID]
    ) async throws(Refusal) -> Response {
        _ = try QueryParameters(request, allowing: [])
        guard request.isJSON else { throw Refusal(.unsupportedMediaType) }
        let selection = try Self.decode(SelectionRequest.self, request.body)
        do {
            var rows: [SubmissionSummary] = []
            for status in statuses {
                var filter = try selection.filter(for: principal)
                filter.status = status
                rows += try await submissions.list(
                    filter, before: selection.cursor, limit: Self.largestSelection + 1 - rows.count)
            }
            let page = rows.prefix(Self.largestSelection)
            let done = try await body(page.map(\.id))
            return JSON.response(
                .accepted,
                SelectionWire(
                    submissions: done, more: rows.count > page.count,
                    // Several states are several lists: there is no place in all of them at once.
                    nextCursor: rows.count > page.count && statuses.count == 1 ? page.last?.id : nil))
        } catch { throw Refusal(any: error) }
    }

    /// Submissions removed in one transaction, and at most in one request.
    private static let purgeBatch = 200
    static let largestPurge = 10_000

    func purge(_ request: Request, _ principal: Principal) async throws(Refusal) -> Response {
        let query = try QueryParameters(request, allowing: ["ended_before"])
        guard let date = try query.date("ended_before") else {
            throw QueryParameters.refusal("ended_before", "is required")
        }
        guard principal.courses.isEmpty else { throw Refusal(.otherCourse) }
        var removed = 0
        do {
            while removed < Self.largestPurge {
                let count = try await submissions.purge(endedBefore: date, limit: Self.purgeBatch)
                removed += count
                if count < Self.purgeBatch { return JSON.response(.ok, PurgeWire(removed: removed, more: false)) }
            }
        } catch { throw Refusal(error) }
        return JSON.response(.ok, PurgeWire(removed: removed, more: true))
    }

    /// Removes a submission that has ended, with everything that is kept of it.
    func remove(_ id: SubmissionID, _ principal: Principal) async throws(Refusal) -> Response {
        do {
            let submission = try await submissions.submission(id)
            guard principal.may(.teacher), principal.covers(submission.draft.owner.course) else {
                throw Refusal(.teacherOnly)
            }
            switch try await submissions.remove(id) {
            case .removed: return Response(status: .noContent)
            case .notFound: throw Refusal(.noSuchSubmission)
            case .notFinal(let submission):
                throw Refusal(
                    Problem(
                        .conflict, "not-ended", title: "The submission has not ended",
                        detail: "It is \(submission.state.status.rawValue): cancel it first."))
            }
        } catch { throw Refusal(any: error) }
    }

    /// The submission in the path, if it is of a course that `principal` teaches.
    private func taughtSubmission(_ request: Request, _ principal: Principal) async throws(Refusal) -> Submission {
        let id = try await visibleID(request, principal)
        let submission: Submission
        do { submission = try await submissions.submission(id) } catch { throw Refusal(error) }
        guard principal.covers(submission.draft.owner.course) else { throw Refusal(.teacherOnly) }
        return submission
    }
}

extension Refusal {
    /// For places that throw both kinds.
    init(any error: any Error) {
        switch error {
        case let refusal as Refusal: self = refusal
        case let error as SubmissionError: self.init(error)
        default: self = .unavailable("\(error)")
        }
    }
}

/// The body of `POST /v1/submissions/rejudge` and `/v1/submissions/cancel`: which submissions are meant.
struct SelectionRequest: Sendable, Decodable {
    var verdict: Verdict?
    var language: String?
    var task: String?
    var course: String?
    var user: String?
    var priority: PriorityClass?
    var createdAfter: String?
    var createdBefore: String?
    var cursor: SubmissionID?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case verdict, language, task, course, user, priority, cursor
        case createdAfter = "created_after"
        case createdBefore = "created_before"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        verdict = container.contains(.verdict) ? try container.choice(.verdict) : nil
        language = try container.optional(.language)
        task = try container.optional(.task)
        course = try container.optional(.course)
        user = try container.optional(.user)
        priority = container.contains(.priority) ? try container.choice(.priority) : nil
        createdAfter = try container.optional(.createdAfter)
        createdBefore = try container.optional(.createdBefore)
        let text: String? = try container.optional(.cursor)
        cursor = try text.map { text in
            guard let id = SubmissionID(text) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .cursor, in: container, debugDescription: "is not a submission id")
            }
            return id
        }
    }

    /// Nobody means everything by saying nothing.
    func filter(for principal: Principal) throws(Refusal) -> SubmissionFilter {
        var filter = SubmissionFilter(
            verdict: verdict, language: language, task: task, user: user, priority: priority)
        filter.createdAfter = try date(createdAfter, "created_after")
        filter.createdBefore = try date(createdBefore, "created_before")
        for (name, text) in [("language", language), ("task", task), ("course", course), ("user", user)] {
            guard let text, !(1...SubmissionRequest.Bound.identifierLength).contains(text.unicodeScalars.count) else {
                continue
            }
            throw QueryParameters.refusal(
                name, "must have 1 to \(SubmissionRequest.Bound.identifierLength) characters")
        }
        guard filter != SubmissionFilter() || course != nil || cursor != nil else {
            throw Refusal(.malformed([.init(field: "body", detail: "at least one condition is needed")]))
        }
        try filter.limit(to: principal, course: course)
        return filter
    }

    private func date(_ text: String?, _ name: String) throws(Refusal) -> Date? {
        guard let text else { return nil }
        guard let date = Date(timestamp: text) else {
            throw QueryParameters.refusal(name, "expected a time such as 2026-11-24T21:14:15Z")
        }
        return date
    }
}

/// Which submissions it was done to.
struct SelectionWire: Sendable, Encodable {
    let submissions: [SubmissionID]
    /// Whether there are more than one request works on.
    let more: Bool
    let nextCursor: SubmissionID?

    private enum CodingKeys: String, CodingKey {
        case submissions, more
        case nextCursor = "next_cursor"
    }
}

struct PurgeWire: Sendable, Encodable {
    let removed: Int
    /// Whether there are more that ended before then.
    let more: Bool
}

struct HistoryWire: Sendable, Encodable {
    let reports: [PastReportWire]
}

/// A report that another one has replaced.
struct PastReportWire: Sendable, Encodable {
    let past: PastReport
    let showsHidden: Bool

    private enum CodingKeys: String, CodingKey {
        case report
        case startedAt = "started_at"
        case finishedAt = "finished_at"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(timestamp(past.startedAt), forKey: .startedAt)
        try container.encode(timestamp(past.finishedAt), forKey: .finishedAt)
        try container.encode(
            ReportWire(report: showsHidden ? past.report : past.report.forStudent()), forKey: .report)
    }
}

extension Problem {
    static let teacherOnly = Problem(
        .forbidden, "forbidden", title: "The token does not allow this",
        detail: "It needs the role teacher, for the submission's course.")
}
