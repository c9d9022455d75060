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

        fileprivate var begin: [SQL] {
            switch self {
            case .read: ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"]
            case .write(.onReturn): ["BEGIN"]
            case .write(.soon): ["BEGIN", "SET LOCAL synchronous_commit = off"]
            }
        }
    }

    typealias Outcome<Value> = Result<(value: Value, announced: [StoreEvent]), StorageError>

    private let url: String
    private let changesSums: Bool
    private var link: PostgresLink?
    private var delay = PostgresSession.firstDelay

    init(url: String, changesSums: Bool = true) {
        self.url = url
        self.changesSums = changesSums
    }

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
        let connection = PostgresConnection(link: link, begin: access.begin, isReplay: isReplay)
        let outcome = Result { () throws(StorageError) in try body(connection) }
        if let failure = connection.failure { throw failure }
        switch outcome {
        case .failure(let error):
            try connection.rollBack()
            return .failure(error)
        case .success(let value):
            do throws(PostgresError) {
                try connection.commit()
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
                if changesSums { try link.takeShard() }
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
    private let link: PostgresLink
    private(set) var announced: [StoreEvent] = []
    /// What went wrong first: after that, nothing more can be done in this transaction.
    private(set) var failure: PostgresError?
    let isReplay: Bool
    let shard: Int

    /// What is sent with the next statement: each round trip costs more than most of them.
    private var waiting: [SQL]
    private var hasBegun = false
    private var hasWork = false
    /// The server's clock at some moment of the transaction, and ours.
    private var clock: (theirs: Int64, ours: Int64)?

    init(link: PostgresLink, begin: [SQL], isReplay: Bool) {
        self.link = link
        waiting = begin
        self.isReplay = isReplay
        shard = link.shard
    }

    func run(_ statement: SQL) throws(StorageError) -> [Row] {
        do throws(PostgresError) {
            return try send(statement)
        } catch {
            failure = failure ?? error
            throw StorageError(error)
        }
    }

    func runLater(_ statement: SQL) {
        waiting.append(statement)
        hasWork = true
    }

    private func send(_ statement: SQL) throws(PostgresError) -> [Row] {
        let statements = waiting + [statement]
        waiting = []
        hasBegun = true
        return try link.run(statements)
    }

    func commit() throws(PostgresError) {
        if hasBegun || hasWork { _ = try send("COMMIT") }
    }

    func rollBack() throws(PostgresError) {
        if hasBegun { try link.execute("ROLLBACK") }
    }

    /// Read in every transaction that needs it and never kept: should somebody set it, two nodes of which one did not
    /// know yet would take the same submission from each other again and again.
    func now() throws(StorageError) -> Int64 {
        if let clock { return clock.theirs + BootClock.milliseconds - clock.ours }
        let row = try run("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)")[0]
        let theirs = try row.integer(0)
        clock = (theirs, BootClock.milliseconds)
        return theirs
    }

    func announce(_ event: StoreEvent) { announced.append(event) }
}
