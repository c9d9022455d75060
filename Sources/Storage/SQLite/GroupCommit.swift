import GRDB
import Synchronization

/// Puts all writes that wait at the same moment into one transaction, so that one synchronisation of the disk, which
/// is what a write costs, serves them all. Each has a savepoint of its own: one that throws takes nothing with it.
final class GroupCommit: Sendable {
    /// Writes in one transaction: bounds how long the first of them waits for the others, and the log's growth.
    static let maximumWrites = 256

    /// A write that waits.
    private struct Waiting: Sendable {
        /// Gives what answers the caller once the transaction is on disk.
        let run: @Sendable (SQLiteConnection) -> @Sendable () -> Void
        let fail: @Sendable (StorageError) -> Void
    }

    private struct State {
        var waiting: [Waiting] = []
        var isCommitting = false
        var drained: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let pool: DatabasePool
    private let broadcast: EventBroadcast

    init(pool: DatabasePool, broadcast: EventBroadcast) {
        self.pool = pool
        self.broadcast = broadcast
    }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        let result: Result<Value, StorageError> = await withCheckedContinuation { continuation in
            enqueue(
                Waiting(
                    run: { connection in
                        let result = Result { () throws(StorageError) in try connection.savepoint(body) }
                        return { continuation.resume(returning: result) }
                    },
                    fail: { continuation.resume(returning: .failure($0)) }))
        }
        return try result.get()
    }

    /// Returns when no write waits or runs.
    func drain() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.isCommitting { state.drained.append(continuation) }
                return !state.isCommitting
            }
            if isIdle { continuation.resume() }
        }
    }

    private func enqueue(_ write: Waiting) {
        let isFirst = state.withLock { state in
            state.waiting.append(write)
            defer { state.isCommitting = true }
            return !state.isCommitting
        }
        if isFirst { commitNext() }
    }

    private func commitNext() {
        pool.asyncWriteWithoutTransaction { [self] database in
            let batch = state.withLock { state in
                let batch = Array(state.waiting.prefix(Self.maximumWrites))
                state.waiting.removeFirst(batch.count)
                return batch
            }
            commit(batch, to: database)
            let (more, drained) = state.withLock { state in
                state.isCommitting = !state.waiting.isEmpty
                guard !state.isCommitting else { return (true, [CheckedContinuation<Void, Never>]()) }
                defer { state.drained = [] }
                return (false, state.drained)
            }
            if more { commitNext() }
            for continuation in drained { continuation.resume() }
        }
    }

    private func commit(_ batch: [Waiting], to database: GRDB.Database) {
        do {
            let connection = SQLiteConnection(database: database)
            try database.beginTransaction(.immediate)
            var answers: [@Sendable () -> Void] = []
            for write in batch {
                answers.append(write.run(connection))
                // SQLite itself undoes the whole transaction when the disk fails under one of the writes; the next
                // one would then begin and commit a transaction of its own.
                guard database.isInsideTransaction else {
                    throw StorageError.unavailable("the disk is full or failing")
                }
            }
            try database.commit()
            broadcast.post(connection.announced)
            for answer in answers { answer() }
        } catch {
            if database.isInsideTransaction { try? database.rollback() }
            for write in batch { write.fail(StorageError(error)) }
        }
    }
}
