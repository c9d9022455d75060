import Foundation
import Synchronization

/// PostgreSQL, shared by any number of nodes. Each of `connections` threads has a connection of its own and works off
/// what callers want; one more listens for what other nodes change.
final class PostgresDatabase: Database {
    let dialect = Dialect.postgres
    private let jobs = JobQueue()
    private let threads = DispatchGroup()
    private let broadcast = EventBroadcast()
    private let channel: PostgresChannel
    private let patience: Duration

    /// Connections beside the one that listens, unless told otherwise.
    static let connections = 8
    /// How long a call waits for the server to come back before it throws `unavailable`, unless told otherwise.
    static let patience = Duration.seconds(5)

    /// Connects to what `url` names: `postgres://user:password@host:port/database?sslmode=verify-full`, or any other
    /// connection string of libpq.
    init(
        url: String, connections: Int = PostgresDatabase.connections, patience: Duration = PostgresDatabase.patience
    ) async throws(StorageError) {
        self.patience = patience
        channel = PostgresChannel(url: url, broadcast: broadcast)
        for number in 1...max(1, connections) {
            threads.enter()
            let thread = Thread { [jobs, threads] in
                let session = PostgresSession(url: url)
                while let job = jobs.next() { job(session) }
                threads.leave()
            }
            thread.name = "postgres-\(number)"
            thread.start()
        }
        do throws(StorageError) {
            try await channel.start(patience: patience)
        } catch {
            await close()
            throw error
        }
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        try await perform(.read, body)
    }

    func write<Value: Sendable>(
        durable: Durability, _ body: @escaping @Sendable (any Connection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        try await perform(.write(durable), body)
    }

    private func perform<Value: Sendable>(
        _ access: PostgresSession.Access, _ body: @escaping @Sendable (any Connection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        let deadline = ContinuousClock.now + patience
        let result: Result<Value, StorageError> = await withCheckedContinuation { continuation in
            let isTaken = jobs.add { [broadcast, channel] session in
                let outcome = session.perform(access, until: deadline, body)
                if case .success(let success) = outcome {
                    broadcast.post(success.announced)
                    channel.tell(success.announced)
                }
                continuation.resume(returning: outcome.map(\.value))
            }
            if !isTaken { continuation.resume(returning: .failure(.closed)) }
        }
        return try result.get()
    }

    func hold(name: String) async throws(StorageError) -> Bool { try await channel.hold(name: name) }

    func events() -> AsyncStream<StoreEvent> { broadcast.stream() }

    func close() async {
        jobs.close()
        await withCheckedContinuation { continuation in
            threads.notify(queue: .global()) { continuation.resume() }
        }
        await channel.stop()
        broadcast.finish()
    }
}

extension Dialect {
    static let postgres = Dialect(
        name: "PostgreSQL", key: "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", integer: "BIGINT",
        real: "DOUBLE PRECISION", text: "TEXT", blob: "BYTEA", tableOptions: "", clusteredTableOptions: "",
        skipLocked: "FOR UPDATE SKIP LOCKED",
        // The first number is the letters ASSA.
        migrationLock: "SELECT pg_advisory_xact_lock(1095979841, 1)",
        queueLock: "SELECT pg_advisory_xact_lock(1095979841, 2)")
}

extension Store {
    /// The store in the PostgreSQL database that `url` names. The database must be there and empty or ours; its tables
    /// are made. TLS, several hosts and time-outs are said in the URL, as libpq documents it. `connections` work at the
    /// same time; while the server is away, a call waits for `patience`, by default five seconds, before it throws
    /// `unavailable`.
    package static func postgres(
        _ url: String, connections: Int? = nil, patience: Duration? = nil, clock: StoreClock = StoreClock()
    ) async throws(StorageError) -> Store {
        let database = try await PostgresDatabase(
            url: url, connections: connections ?? PostgresDatabase.connections,
            patience: patience ?? PostgresDatabase.patience)
        do throws(StorageError) {
            try await Migration.apply(to: database)
        } catch {
            await database.close()
            throw error
        }
        return Store(database: database, clock: clock)
    }
}
