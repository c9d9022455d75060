import Core

/// A submission that is about to be stored, encoded before the database's thread is asked for.
struct NewRow: Sendable {
    let submission: Submission
    let task: String?
    let draft: [UInt8]
    let metadata: [UInt8]
    let attempts: Int

    init(_ submission: Submission) throws(StorageError) {
        guard case .queued(let attempts) = submission.state else {
            throw .refused("only queued submissions can be inserted")
        }
        let task: String? = if case .catalog(let name) = submission.draft.task { name } else { nil }
        // PostgreSQL keeps no such text; so that engines do not differ, none does.
        let owner = submission.draft.owner
        let texts = [submission.draft.language, task, owner.course, owner.user, owner.token].compactMap { $0 }
        guard !texts.contains(where: { $0.utf8.contains(0) }) else {
            throw .refused("the language, the task or the owner has a NUL in its name")
        }
        self.submission = submission
        self.task = task
        self.attempts = attempts
        draft = try Stored.encode(submission.draft)
        metadata = try Stored.encode(submission.draft.metadata)
    }

    var course: String { submission.draft.owner.course ?? "" }
    /// Who takes turns within the course.
    var account: String { submission.draft.owner.user ?? submission.draft.owner.token ?? "" }

    /// Whether it was new.
    func insert(with connection: any Connection) throws(StorageError) -> Bool {
        let (owner, priority) = (submission.draft.owner, submission.draft.priority)
        let created = Milliseconds.of(submission.createdAt)
        let rank = try Turn.rank(course: course, account: account, class: priority, with: connection)
        let inserted = try connection.run(
            """
            INSERT INTO submissions (
                id, language, task, metadata, cpus, memory, bytes, created_at, status, rank, failures, fence,
                took_over, available_at, lease, cancellation_asked, course, user_name, token, account, class)
            VALUES (
                \(submission.id.string), \(submission.draft.language), \(task), \(metadata),
                \(submission.demand.cpus), \(submission.demand.memory), \(draft.count), \(created), 'queued',
                \(rank), \(attempts), 0, 0, 0, 0, 0, \(course), \(owner.user), \(owner.token), \(account),
                \(priority.stored))
            ON CONFLICT (id) DO NOTHING RETURNING key
            """)
        guard let key = try inserted.first?.integer(0) else { return false }
        try connection.runLater("INSERT INTO drafts (submission, body) VALUES (\(key), \(draft))")
        for (name, value) in submission.draft.metadata {
            try connection.runLater(
                """
                INSERT INTO metadata (name, value, submission)
                VALUES (\(Array(name.utf8)), \(Array(value.utf8)), \(key))
                """)
        }
        return true
    }
}
