import Foundation

/// What one thread does with its connection: transactions, tried again where that is safe, and connecting anew.
final class PostgresSession {
    /// How long to wait before connecting again: at first `firstDelay`, then twice as long each time, at most
    /// `longestDelay`.
    static let firstDelay = Duration.milliseconds(50)
    static let longestDelay = Duration.seconds(1)

    enum Access {
        case read
        case write(Durability)

        /// One round trip. The clock is read in every transaction and never kept: should somebody set it, two nodes of
        /// which one did not know yet would take the same submission from each other again and again.
        fileprivate var begin: String {
            let begin =
                switch self {
                case .read: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                case .write(.onReturn): "BEGIN"
                case .write(.soon): "BEGIN; SET LOCAL synchronous_commit = off"
                }
            return begin + "; SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
        }
    }

    typealias Outcome<Value> = Result<(value: Value, announced: [StoreEvent]), StorageError>

    private let url: String
    private var link: PostgresLink?
    private var delay = PostgresSession.firstDelay

    init(url: String) { self.url = url }

    /// Runs `body` in a transaction and gives what it announced. Until `deadline`, a lost connection is made again and
    /// the transaction repeated: as a replay, when the loss came while it was being committed.
    func perform<Value>(
        _ access: Access, until deadline: ContinuousClock.Instant,
        _ body: (any Connection) throws(StorageError) -> Value
    ) -> Outcome<Value> {
        var isReplay = false
        while true {
            do throws(PostgresError) {
                return try attempt(access, &isReplay, until: deadline, body)
            } catch {
                if error.isLoss {
                    drop()
                } else {
                    // A connection that cannot even do this is lost, as the next statement will find.
                    _ = try? link?.execute("ROLLBACK")
                }
                guard error.isLoss || error.isCollision, ContinuousClock.now + delay < deadline else {
                    return .failure(StorageError(error))
                }
                // Two that collided should not do so again.
                if error.isCollision { pause(for: .milliseconds(Int.random(in: 0...20))) }
            }
        }
    }

    private func attempt<Value>(
        _ access: Access, _ isReplay: inout Bool, until deadline: ContinuousClock.Instant,
        _ body: (any Connection) throws(StorageError) -> Value
    ) throws(PostgresError) -> Outcome<Value> {
        let link = try connected(until: deadline)
        guard case .integer(let now) = try link.execute(access.begin).first?.values.first else {
            throw .lost("the server has no clock")
        }
        let connection = PostgresConnection(link: link, now: now, isReplay: isReplay)
        let outcome = Result { () throws(StorageError) in try body(connection) }
        if let failure = connection.failure { throw failure }
        switch outcome {
        case .failure(let error):
            try link.execute("ROLLBACK")
            return .failure(error)
        case .success(let value):
            do throws(PostgresError) {
                try link.execute("COMMIT")
            } catch {
                if error.isLoss { isReplay = true }
                throw error
            }
            delay = Self.firstDelay
            return .success((value, connection.announced))
        }
    }

    func connected(until deadline: ContinuousClock.Instant) throws(PostgresError) -> PostgresLink {
        while true {
            if let link { return link }
            do throws(PostgresError) {
                let link = try PostgresLink(url: url, deadline: deadline)
                self.link = link
                return link
            } catch {
                guard ContinuousClock.now + delay < deadline else { throw error }
                pause(for: delay)
                delay = min(delay * 2, Self.longestDelay)
            }
        }
    }

    /// Forgets the connection.
    func drop() { link = nil }

    /// On a thread of the store's own.
    private func pause(for duration: Duration) { Thread.sleep(forTimeInterval: duration / .seconds(1)) }
}

/// PostgreSQL inside a transaction.
final class PostgresConnection: Connection {
    /// Rows that a sum is spread over.
    static let shards: Int32 = 32

    private let link: PostgresLink
    private(set) var announced: [StoreEvent] = []
    /// What went wrong first: after that, nothing more can be done in this transaction.
    private(set) var failure: PostgresError?
    let isReplay: Bool
    let shard: Int

    /// The server's clock when the transaction began, and ours.
    private let begin: (theirs: Int64, ours: Int64)

    init(link: PostgresLink, now: Int64, isReplay: Bool) {
        self.link = link
        begin = (now, BootClock.milliseconds)
        self.isReplay = isReplay
        shard = Int(link.processID % Self.shards)
    }

    func run(_ statement: SQL) throws(StorageError) -> [Row] {
        do throws(PostgresError) {
            return try link.run(statement.text, statement.arguments)
        } catch {
            failure = failure ?? error
            throw StorageError(error)
        }
    }

    func now() throws(StorageError) -> Int64 { begin.theirs + BootClock.milliseconds - begin.ours }

    func announce(_ event: StoreEvent) { announced.append(event) }
}
