import Foundation
import GRDB
import Synchronization

/// SQLite in a file of this machine: a pool of readers beside one writer (write-ahead log), every commit synchronised
/// to disk before it is answered.
final class SQLiteDatabase: Database {
    let dialect = Dialect.sqlite
    private let pool: DatabasePool
    private let broadcast = EventBroadcast()
    private let commits: GroupCommit
    private let isClosed = Mutex(false)

    /// Connections that read at the same time.
    static let readers = 4
    /// How long to wait for another process that writes to the same file, such as `assay token create`.
    static let busyTimeout: TimeInterval = 10
    /// Bytes that the log is cut back to after what it holds has been moved into the database.
    static let logSize = 64 << 20
    /// Marks the file as ours (`PRAGMA application_id`): the letters ASSA.
    static let applicationID = 0x4153_5341

    /// Opens the file, or makes it and the directories above it.
    init(path: String) throws(StorageError) {
        do {
            try Self.makeDirectory(for: path)
            var configuration = Configuration()
            configuration.maximumReaderCount = Self.readers
            configuration.busyMode = .timeout(Self.busyTimeout)
            configuration.label = "storage"
            configuration.prepareDatabase { database in
                guard !database.configuration.readonly else { return }
                try Self.refuseStrangers(database)
            }
            pool = try DatabasePool(path: path, configuration: configuration)
            try pool.writeWithoutTransaction { database in
                // After opening: the pool itself sets NORMAL, with which a power cut loses the last commits.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try database.execute(sql: "PRAGMA journal_size_limit = \(Self.logSize)")
                try database.execute(sql: "PRAGMA application_id = \(Self.applicationID)")
            }
        } catch {
            throw StorageError(opening: path, error)
        }
        commits = GroupCommit(pool: pool, broadcast: broadcast)
    }

    /// Only we can read what students hand in.
    private static func makeDirectory(for path: String) throws {
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    /// A database of another program must not be given our tables.
    private static func refuseStrangers(_ database: GRDB.Database) throws {
        let id = try Int.fetchOne(database, sql: "PRAGMA application_id")
        guard id != applicationID else { return }
        let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master")
        guard id == 0, tables == 0 else { throw StorageError.corrupt("the database belongs to another program") }
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        guard !isClosed.withLock({ $0 }) else { throw .closed }
        let result: Result<Value, StorageError> = await withCheckedContinuation { continuation in
            pool.asyncRead { database in
                continuation.resume(
                    returning: Result { () throws(StorageError) in
                        do {
                            return try body(SQLiteConnection(database: try database.get()))
                        } catch {
                            throw StorageError(error)
                        }
                    })
            }
        }
        return try result.get()
    }

    /// Always on return: the synchronisation is shared anyway.
    func write<Value: Sendable>(
        durable: Durability, _ body: @escaping @Sendable (any Connection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        guard !isClosed.withLock({ $0 }) else { throw .closed }
        return try await commits.write(body)
    }

    func hold(name: String) async throws(StorageError) -> Bool { true }

    func events() -> AsyncStream<StoreEvent> { broadcast.stream() }

    func close() async {
        let wasClosed = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return isClosed
        }
        guard !wasClosed else { return }
        await commits.drain()
        await withCheckedContinuation { continuation in
            // Waits for readers: not on a thread of the cooperative pool.
            DispatchQueue.global().async { [pool] in
                // A failure leaves the file as after a crash, which the next opening repairs.
                try? pool.close()
                continuation.resume()
            }
        }
        broadcast.finish()
    }
}

extension Dialect {
    static let sqlite = Dialect(
        name: "SQLite", key: "INTEGER PRIMARY KEY", integer: "INTEGER", real: "REAL", text: "TEXT", blob: "BLOB",
        tableOptions: " STRICT", clusteredTableOptions: " STRICT, WITHOUT ROWID", skipLocked: "",
        migrationLock: nil, queueLock: nil)
}

extension Store {
    /// The store in the SQLite database at `path`, which is made, with the directories above it, if it is not there.
    package static func sqlite(
        at path: String, clock: StoreClock = StoreClock()
    ) async throws(StorageError) -> Store {
        let opened: Result<SQLiteDatabase, StorageError> = await withCheckedContinuation { continuation in
            // Reads and writes the file: not on a thread of the cooperative pool.
            DispatchQueue.global().async {
                continuation.resume(
                    returning: Result { () throws(StorageError) in try SQLiteDatabase(path: path) })
            }
        }
        let database = try opened.get()
        do throws(StorageError) {
            try await Migration.apply(to: database)
        } catch {
            await database.close()
            throw error
        }
        return Store(database: database, clock: clock)
    }
}
