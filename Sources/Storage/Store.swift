package import Core
import Foundation
import Synchronization

/// Everything that is kept: submissions, who grades them, and what came of it.
///
/// A write that returned is on disk: it survives `kill -9` and a power cut. Times are kept to the millisecond.
/// Leases are timed by a clock of the database's own (`Connection.now`), so that setting the time of day neither ends
/// them early nor keeps them alive.
package struct Store: Sendable {
    let database: any Database
    let clock: StoreClock
    private let writable = WritableProbe()

    init(database: any Database, clock: StoreClock) {
        self.database = database
        self.clock = clock
    }

    /// Keeps submissions that are `queued`, all or none. One whose id is already kept is left as it is, so that a
    /// call whose answer was lost can be repeated.
    ///
    /// Throws `queueFull` when that would go beyond `limits`.
    package func insert(_ submissions: [Submission], within limits: QueueLimits) async throws(StorageError) {
        var rows: [NewRow] = []
        for submission in submissions { rows.append(try NewRow(submission)) }
        let new = rows
        try await database.write { [database] (connection) throws(StorageError) in
            var (count, bytes) = (0, 0)
            for row in new where try row.insert(with: connection) {
                count += 1
                bytes += row.draft.count
            }
            guard count > 0 else { return }
            try Self.checkRoom(for: count, bytes, within: limits, in: database.dialect, with: connection)
            try Counters.add(count, bytes: bytes, to: .queued, with: connection)
            connection.announce(.queued)
        }
    }

    /// Writers that run at the same time do not see what each other inserts. Far from the bound that does not matter;
    /// near it, they go one after another.
    private static func checkRoom(
        for count: Int, _ bytes: Int, within limits: QueueLimits, in dialect: Dialect, with connection: any Connection
    ) throws(StorageError) {
        var waiting = try Counters.sum(of: .queued, with: connection)
        let isNear =
            waiting.submissions + count > limits.submissions - max(100, limits.submissions / 10)
            || waiting.bytes + bytes > limits.bytes - limits.bytes / 10
        if isNear, let lock = dialect.queueLock {
            try connection.run(lock)
            waiting = try Counters.sum(of: .queued, with: connection)
        }
        guard waiting.submissions + count <= limits.submissions else { throw .queueFull(.submissions) }
        guard waiting.bytes + bytes <= limits.bytes else { throw .queueFull(.bytes) }
    }

    /// One submission with its draft and, when it is finished, its report.
    package func submission(_ id: SubmissionID) async throws(StorageError) -> Submission? {
        let rows = try await database.read { (connection) throws(StorageError) in
            try connection.run(
                """
                SELECT \(raw: SubmissionRow.columns), drafts.body, reports.body FROM submissions
                JOIN drafts ON drafts.submission = key LEFT JOIN reports ON reports.submission = key
                WHERE id = \(id.string)
                """)
        }
        guard let row = rows.first else { return nil }
        return try SubmissionRow(row).submission(
            draft: row.blob(SubmissionRow.width), report: row.optionalBlob(SubmissionRow.width + 1))
    }

    /// What changes from now on, told after it is durable. Each call gives a stream of its own; a listener that is
    /// slow gets changes joined or `missed`, and never none.
    package func events() -> AsyncStream<StoreEvent> { database.events() }

    /// Why nothing can be written now; `nil` when a write just went to disk. Asked more often than
    /// `WritableProbe.interval`, it repeats its last answer.
    package func checkWritable() async -> StorageError? {
        await writable.answer {
            do throws(StorageError) {
                try await database.write { (connection) throws(StorageError) in
                    _ = try connection.run("UPDATE probe SET written_at = \(Milliseconds.now)")
                }
                return nil
            } catch {
                return error
            }
        }
    }

    /// Waits for calls under way and closes the database; every later call throws `closed`.
    package func close() async { await database.close() }
}

/// A submission that is about to be stored, encoded before the database's thread is asked for.
private struct NewRow: Sendable {
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
        guard !submission.draft.language.utf8.contains(0), task?.utf8.contains(0) != true else {
            throw .refused("the language or the task has a NUL in its name")
        }
        self.submission = submission
        self.task = task
        self.attempts = attempts
        draft = try Stored.encode(submission.draft)
        metadata = try Stored.encode(submission.draft.metadata)
    }

    /// Whether it was new.
    func insert(with connection: any Connection) throws(StorageError) -> Bool {
        let created = Milliseconds.of(submission.createdAt)
        let inserted = try connection.run(
            """
            INSERT INTO submissions (
                id, language, task, metadata, cpus, memory, bytes, created_at, status, rank, failures, fence,
                took_over, available_at, lease, cancellation_asked)
            VALUES (
                \(submission.id.string), \(submission.draft.language), \(task), \(metadata),
                \(submission.demand.cpus), \(submission.demand.memory), \(draft.count), \(created), 'queued', 0,
                \(attempts), 0, 0, 0, 0, 0)
            ON CONFLICT (id) DO NOTHING RETURNING key
            """)
        guard let key = try inserted.first?.integer(0) else { return false }
        try connection.run("INSERT INTO drafts (submission, body) VALUES (\(key), \(draft))")
        for (name, value) in submission.draft.metadata {
            try connection.run(
                """
                INSERT INTO metadata (name, value, submission)
                VALUES (\(Array(name.utf8)), \(Array(value.utf8)), \(key))
                """)
        }
        return true
    }
}
