import Core
import Foundation

/// A row of `submissions`, without draft and report.
struct SubmissionRow: Sendable {
    let key: Int64
    let id: SubmissionID
    let status: SubmissionStatus
    let createdAt: Date
    let startedAt: Date?
    let finishedAt: Date?
    let demand: ResourceDemand
    let bytes: Int
    let failures: Int
    let fence: Int64
    let tookOver: Bool
    let node: String?
    let isCancellationAsked: Bool
    /// How many URLs want to be told when it ends.
    let webhooks: Int
    /// What it is now: one that is judged again is less urgent than it was handed in as.
    let priority: PriorityClass

    /// What `init` reads, in its order.
    static let columns = """
        key, id, status, created_at, started_at, finished_at, cpus, memory, bytes, failures, fence, took_over, node, \
        cancellation_asked, webhooks, class
        """
    /// How many columns that is: where others begin.
    static let width = 16

    init(_ row: Row) throws(StorageError) {
        let (name, state) = (try row.text(1), try row.text(2))
        guard let id = SubmissionID(name) else { throw .corrupt("\(name) is no submission's id") }
        guard let status = SubmissionStatus(rawValue: state) else {
            throw .corrupt("submission \(id) has the unknown status \(state)")
        }
        key = try row.integer(0)
        self.id = id
        self.status = status
        createdAt = Milliseconds.date(try row.integer(3))
        startedAt = try row.optionalInteger(4).map(Milliseconds.date)
        finishedAt = try row.optionalInteger(5).map(Milliseconds.date)
        demand = ResourceDemand(cpus: Int(try row.integer(6)), memory: Int(try row.integer(7)))
        bytes = Int(try row.integer(8))
        failures = Int(try row.integer(9))
        fence = try row.integer(10)
        tookOver = try row.integer(11) != 0
        node = try row.optionalText(12)
        isCancellationAsked = try row.integer(13) != 0
        webhooks = Int(try row.integer(14))
        priority = try PriorityClass(stored: row.integer(15), of: name)
    }

    func submission(draft: [UInt8], report: [UInt8]?) throws(StorageError) -> Submission {
        var draft = try Stored.decode(SubmissionDraft.self, draft, of: "\(id)")
        draft.priority = priority
        return Submission(
            id: id, draft: draft, createdAt: createdAt, demand: demand, state: try state(report: report))
    }

    private func state(report: [UInt8]?) throws(StorageError) -> SubmissionState {
        switch status {
        case .queued: return .queued(attempts: failures)
        case .running:
            return .running(
                attempt: failures + 1, node: node ?? "", since: startedAt ?? createdAt,
                isCancellationAsked: isCancellationAsked)
        case .cancelled: return .cancelled(at: finishedAt ?? createdAt)
        case .finished:
            guard let report, let finishedAt else { throw .corrupt("submission \(id) is finished without a report") }
            return .finished(
                try Stored.decode(Report.self, report, of: "\(id)"), startedAt: startedAt ?? finishedAt,
                finishedAt: finishedAt)
        }
    }

    /// The row with its draft, of the rows that `condition` selects.
    static func withDraft(
        where condition: SQL, with connection: any Connection
    ) throws(StorageError) -> [(row: SubmissionRow, draft: [UInt8])] {
        let rows = try connection.run(
            """
            SELECT \(raw: columns), drafts.body FROM submissions JOIN drafts ON drafts.submission = key
            WHERE \(condition)
            """)
        var result: [(row: SubmissionRow, draft: [UInt8])] = []
        for row in rows { result.append((try SubmissionRow(row), try row.blob(width))) }
        return result
    }
}
