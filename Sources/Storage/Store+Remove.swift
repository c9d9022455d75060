package import Core

/// What came of removing a submission.
package enum RemoveResult: Sendable, Hashable {
    /// As it was; it is gone.
    case removed(Submission)
    /// It waits or runs: cancel it first.
    case notFinal(Submission)
    case notFound
}

extension Store {
    /// Removes a submission that has ended, with its files and its report.
    package func remove(_ id: SubmissionID) async throws(StorageError) -> RemoveResult {
        guard let submission = try await submission(id) else { return .notFound }
        guard submission.state.isFinal else { return .notFinal(submission) }
        let removed = try await database.write { (connection) throws(StorageError) in
            let rows = try connection.run(
                """
                DELETE FROM submissions WHERE id = \(id.string) AND finished_at IS NOT NULL
                RETURNING key, bytes, status
                """)
            guard let row = rows.first else { return false }
            let (key, bytes, status) = (try row.integer(0), Int(try row.integer(1)), try row.text(2))
            // The tables with foreign keys would follow; this one has none, so that it stays small.
            for table in ["drafts", "reports", "metadata"] {
                try connection.run("DELETE FROM \(raw: table) WHERE submission = \(key)")
            }
            guard let status = SubmissionStatus(rawValue: status) else {
                throw .corrupt("submission \(id) has the unknown status \(status)")
            }
            try Counters.add(-1, bytes: -bytes, to: status, with: connection)
            return true
        }
        return removed ? .removed(submission) : .notFound
    }
}
