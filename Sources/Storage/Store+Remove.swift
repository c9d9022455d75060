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
                SELECT \(raw: Removal.columns) FROM submissions WHERE id = \(id.string) AND finished_at IS NOT NULL
                """)
            guard let row = rows.first else { return false }
            return try Removal.delete(row, with: connection)
        }
        return removed ? .removed(submission) : .notFound
    }
}
