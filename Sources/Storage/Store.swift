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
    /// Throws `queueFull` when that would go beyond `limits`. With `key`, nothing happens when it was used before: then
    /// the ids of what was kept at that time are given back, or `keyReused` is thrown if it was for something else.
    /// `webhook` is a URL to be told when they end (`claimDeliveries`).
    @discardableResult
    package func insert(
        _ submissions: [Submission], within limits: QueueLimits, once key: IdempotencyKey? = nil,
        webhook: String? = nil
    ) async throws(StorageError) -> Insertion {
        var rows: [NewRow] = []
        for submission in submissions { rows.append(try NewRow(submission)) }
        let new = rows
        return try await database.write { [database] (connection) throws(StorageError) -> Insertion in
            if let kept = try key?.keep(new.map(\.submission.id), with: connection) { return .repeated(kept) }
            // Before the work: most is refused when there is too much of it. A replay was let in already.
            if !connection.isReplay {
                try Self.checkRoom(
                    for: new.count, new.reduce(0) { $0 + $1.draft.count }, within: limits, in: database.dialect,
                    with: connection)
            }
            var (count, bytes) = (0, 0)
            for row in new where try row.insert(with: connection) {
                count += 1
                bytes += row.draft.count
            }
            guard count > 0 else { return .new }
            try Self.checkShares(of: new, within: limits, with: connection)
            try Counters.add(count, bytes: bytes, to: .queued, with: connection)
            if let url = webhook {
                for row in new { try Webhooks.add(url, for: row.submission.id, with: connection) }
            }
            connection.announce(.queued)
            return .new
        }
    }

    /// Counts what waits of every user and course that `rows`, already inserted, belong to.
    private static func checkShares(
        of rows: [NewRow], within limits: QueueLimits, with connection: any Connection
    ) throws(StorageError) {
        let queued: SQL = "SELECT count(*) FROM submissions WHERE finished_at IS NULL AND status = 'queued'"
        if let limit = limits.perUser {
            let users = Set(rows.filter { $0.submission.draft.owner.user != nil }.map { [$0.course, $0.account] })
            for user in users {
                let count = try connection.run("\(queued) AND course = \(user[0]) AND account = \(user[1])")[0]
                guard Int(try count.integer(0)) <= limit else { throw .queueFull(.user) }
            }
        }
        if let limit = limits.perCourse {
            for course in Set(rows.map(\.course)) where !course.isEmpty {
                let count = try connection.run("\(queued) AND course = \(course)")[0]
                guard Int(try count.integer(0)) <= limit else { throw .queueFull(.course) }
            }
        }
    }

    /// Writers that run at the same time do not see what each other inserts. Far from the bound that does not matter;
    /// near it, they go one after another.
    static func checkRoom(
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
