import Core
import Foundation

/// The transitions out of a state, each with its condition, its count and its announcement.
enum Finish {
    /// Whether `condition` still held for a row.
    static func finish(
        where condition: SQL, from status: SubmissionStatus, _ report: Report, _ body: [UInt8],
        with connection: any Connection
    ) throws(StorageError) -> Bool {
        let now = Milliseconds.now
        let rows = try connection.run(
            """
            UPDATE submissions SET status = 'finished', finished_at = \(now), available_at = 0, lease = 0,
                started_at = coalesce(started_at, \(now)), verdict = \(report.verdict.rawValue),
                score = \(report.score), maximum_score = \(report.maximumScore),
                cpu_time = \(Nanoseconds.of(report.cpuTime)), wall_time = \(Nanoseconds.of(report.wallTime)),
                peak_memory = \(report.peakMemory)
            WHERE \(condition) RETURNING \(raw: SubmissionRow.columns)
            """)
        guard let row = try rows.first.map({ (row) throws(StorageError) in try SubmissionRow(row) }) else {
            return false
        }
        try connection.runLater("INSERT INTO reports (submission, body) VALUES (\(row.key), \(body))")
        try Counters.move(bytes: row.bytes, from: status, to: .finished, with: connection)
        try Webhooks.release(of: row, with: connection)
        connection.announce(.changed(row.id, .finished))
        return true
    }

    /// Whether an earlier run of the same body already led `mine` to `status`.
    static func isReplay(
        leading mine: SQL, to status: SubmissionStatus, with connection: any Connection
    ) throws(StorageError) -> Bool {
        guard connection.isReplay else { return false }
        return try !connection.run("SELECT key FROM submissions WHERE \(mine) AND status = \(status.rawValue)").isEmpty
    }

    /// The row that was cancelled, if `condition` still held for one.
    static func cancel(
        where condition: SQL, from status: SubmissionStatus, with connection: any Connection
    ) throws(StorageError) -> SubmissionRow? {
        let rows = try connection.run(
            """
            UPDATE submissions SET status = 'cancelled', finished_at = \(Milliseconds.now), available_at = 0, lease = 0
            WHERE \(condition) RETURNING \(raw: SubmissionRow.columns)
            """)
        guard let row = try rows.first.map({ (row) throws(StorageError) in try SubmissionRow(row) }) else {
            return nil
        }
        try Counters.move(bytes: row.bytes, from: status, to: .cancelled, with: connection)
        try Webhooks.release(of: row, with: connection)
        connection.announce(.changed(row.id, .cancelled))
        return row
    }

    /// How many running submissions met `condition` and went back to the queue, or, when that was asked, were
    /// cancelled.
    static func requeue(
        where condition: SQL, countsAttempt: Bool, with connection: any Connection
    ) throws(StorageError) -> Int {
        let rows = try connection.run(
            """
            UPDATE submissions SET failures = failures + \(countsAttempt ? 1 : 0), available_at = 0, lease = 0,
                status = CASE cancellation_asked WHEN 1 THEN 'cancelled' ELSE 'queued' END,
                finished_at = CASE cancellation_asked WHEN 1 THEN \(Milliseconds.now) END,
                started_at = CASE cancellation_asked WHEN 1 THEN started_at END, node = NULL
            WHERE \(condition) RETURNING \(raw: SubmissionRow.columns)
            """)
        for row in rows {
            let row = try SubmissionRow(row)
            try Counters.move(bytes: row.bytes, from: .running, to: row.status, with: connection)
            connection.announce(.changed(row.id, row.status))
            if row.status == .queued {
                connection.announce(.queued)
            } else {
                try Webhooks.release(of: row, with: connection)
            }
        }
        return rows.count
    }
}
