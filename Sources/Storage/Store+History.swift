package import Core
package import Foundation

/// A report that another one has replaced.
package struct PastReport: Sendable, Hashable {
    package let report: Report
    package let startedAt: Date
    package let finishedAt: Date
}

extension Store {
    /// Puts finished submissions back into the queue, in the class `rejudge`, and keeps their reports as history. Those
    /// that are not finished, or unknown, are left as they are. Gives back which were put back.
    ///
    /// Throws `queueFull`, and changes nothing, when that would go beyond `limits`.
    @discardableResult
    package func rejudge(
        _ ids: [SubmissionID], within limits: QueueLimits
    ) async throws(StorageError) -> [SubmissionID] {
        try await database.write { [database] (connection) throws(StorageError) in
            var (rejudged, bytes): ([SubmissionID], Int) = ([], 0)
            for id in ids {
                guard let row = try Self.requeue(id, with: connection) else { continue }
                rejudged.append(id)
                bytes += row.bytes
                try Counters.add(-1, bytes: -row.bytes, to: .finished, with: connection)
                connection.announce(.changed(id, .queued))
            }
            guard !rejudged.isEmpty else { return [] }
            try Self.checkRoom(for: rejudged.count, bytes, within: limits, in: database.dialect, with: connection)
            try Counters.add(rejudged.count, bytes: bytes, to: .queued, with: connection)
            connection.announce(.queued)
            return rejudged
        }
    }

    private static func requeue(
        _ id: SubmissionID, with connection: any Connection
    ) throws(StorageError) -> SubmissionRow? {
        let finished = try connection.run(
            "SELECT course, account FROM submissions WHERE id = \(id.string) AND status = 'finished'")
        guard let owner = finished.first else { return nil }
        let rank = try Turn.rank(
            course: owner.text(0), account: owner.text(1), class: .rejudge, with: connection)
        try connection.run(
            """
            INSERT INTO past_reports (submission, number, started_at, finished_at, body)
            SELECT key, (SELECT count(*) + 1 FROM past_reports WHERE submission = key),
                coalesce(started_at, finished_at), finished_at, reports.body
            FROM submissions JOIN reports ON reports.submission = key
            WHERE id = \(id.string) AND status = 'finished'
            """)
        let requeued = try connection.run(
            """
            UPDATE submissions SET status = 'queued', finished_at = NULL, started_at = NULL, failures = 0, node = NULL,
                available_at = 0, lease = 0, cancellation_asked = 0, rank = \(rank),
                class = \(PriorityClass.rejudge.stored), verdict = NULL, score = NULL, maximum_score = NULL,
                cpu_time = NULL, wall_time = NULL, peak_memory = NULL, passed_over_at = 0, reserved_by = NULL
            WHERE id = \(id.string) AND status = 'finished' RETURNING \(raw: SubmissionRow.columns)
            """)
        guard let first = requeued.first else { return nil }
        let row = try SubmissionRow(first)
        try connection.run("DELETE FROM reports WHERE submission = \(row.key)")
        return row
    }

    /// The reports that a submission had before it was judged again, oldest first.
    package func history(of id: SubmissionID) async throws(StorageError) -> [PastReport] {
        let rows = try await database.read { (connection) throws(StorageError) in
            try connection.run(
                """
                SELECT body, past_reports.started_at, past_reports.finished_at
                FROM past_reports JOIN submissions ON key = submission WHERE id = \(id.string) ORDER BY number
                """)
        }
        var history: [PastReport] = []
        for row in rows {
            history.append(
                PastReport(
                    report: try Stored.decode(Report.self, row.blob(0), of: "\(id)"),
                    startedAt: Milliseconds.date(try row.integer(1)), finishedAt: Milliseconds.date(try row.integer(2)))
            )
        }
        return history
    }

    /// Deletes up to `limit` submissions that ended before `date`, the oldest first, with all that hangs on them.
    /// Gives back how many; fewer than `limit` means that there are no more.
    @discardableResult
    package func purge(endedBefore date: Date, limit: Int = 500) async throws(StorageError) -> Int {
        try await database.write { (connection) throws(StorageError) in
            let rows = try connection.run(
                """
                SELECT \(raw: Removal.columns) FROM submissions
                WHERE finished_at IS NOT NULL AND finished_at < \(Milliseconds.of(date))
                ORDER BY finished_at LIMIT \(limit)
                """)
            for row in rows { _ = try Removal.delete(row, with: connection) }
            return rows.count
        }
    }
}
