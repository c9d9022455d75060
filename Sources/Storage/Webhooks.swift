import Core

/// The rows of `webhooks`, changed with the submission that they belong to.
enum Webhooks {
    static func add(_ url: String, for id: SubmissionID, with connection: any Connection) throws(StorageError) {
        guard !url.utf8.contains(0) else { throw .refused("a webhook's URL has a NUL in it") }
        try connection.run(
            """
            INSERT INTO webhooks (submission, url, state, attempts, due_at)
            SELECT key, \(url), 'waiting', 0, 0 FROM submissions WHERE id = \(id.string) AND webhooks = 0
            """)
        try connection.run("UPDATE submissions SET webhooks = 1 WHERE id = \(id.string)")
    }

    /// The submission has ended: its webhooks are due.
    static func release(of row: SubmissionRow, with connection: any Connection) throws(StorageError) {
        guard row.webhooks > 0 else { return }
        try connection.run(
            """
            UPDATE webhooks SET state = 'due', attempts = 0, due_at = \(Milliseconds.now)
            WHERE submission = \(row.key) AND state <> 'due'
            """)
    }
}
