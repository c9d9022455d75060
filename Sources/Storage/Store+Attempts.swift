package import Core

package import struct Foundation.Date

/// An earlier submission of the same student for the same task, that ended with a report.
package struct EarlierSubmission: Sendable, Hashable {
    package let id: SubmissionID
    package let createdAt: Date
    package let verdict: Verdict
    package let score: Double
}

extension Store {
    /// What the same student handed in for the same task before `submission` and has a report, newest first.
    ///
    /// The same student is the same user of the same course by the same token: a user's name is what somebody says, and
    /// who holds another token could say any. Nobody has a history who names no user.
    package func earlier(than submission: Submission, limit: Int) async throws(StorageError) -> [EarlierSubmission] {
        guard let condition = Self.isEarlier(than: submission) else { return [] }
        let rows = try await database.read { (connection) throws(StorageError) in
            try connection.run(
                """
                SELECT id, created_at, verdict, score FROM submissions
                WHERE \(condition) ORDER BY id DESC LIMIT \(max(0, limit))
                """)
        }
        var found: [EarlierSubmission] = []
        for row in rows {
            let (name, word) = (try row.text(0), try row.text(2))
            guard let id = SubmissionID(name), let verdict = Verdict(rawValue: word) else {
                throw .corrupt("\(name) has the verdict \(word)")
            }
            found.append(
                EarlierSubmission(
                    id: id, createdAt: Milliseconds.date(try row.integer(1)), verdict: verdict, score: try row.real(3)))
        }
        return found
    }

    /// How many `earlier(than:)` would find without a limit.
    package func countEarlier(than submission: Submission) async throws(StorageError) -> Int {
        guard let condition = Self.isEarlier(than: submission) else { return 0 }
        return try await database.read { (connection) throws(StorageError) in
            Int(try connection.run("SELECT count(*) FROM submissions WHERE \(condition)")[0].integer(0))
        }
    }

    /// The report of a submission without its files; `nil` while there is none.
    package func report(of id: SubmissionID) async throws(StorageError) -> Report? {
        let rows = try await database.read { (connection) throws(StorageError) in
            try connection.run(
                "SELECT reports.body FROM reports JOIN submissions ON key = submission WHERE id = \(id.string)")
        }
        guard let row = rows.first else { return nil }
        return try Stored.decode(Report.self, row.blob(0), of: "\(id)")
    }

    private static func isEarlier(than submission: Submission) -> SQL? {
        let owner = submission.draft.owner
        guard case .catalog(let task) = submission.draft.task, let user = owner.user else { return nil }
        let token: SQL = owner.token.map { "token = \($0)" } ?? "token IS NULL"
        return """
            user_name = \(user) AND task = \(task) AND course = \(owner.course ?? "") AND \(token)
                AND status = 'finished' AND id < \(submission.id.string)
            """
    }
}
