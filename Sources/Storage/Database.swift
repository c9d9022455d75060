/// An SQL database. `Store` is written once over this; what differs between engines is in `Dialect`.
protocol Database: Sendable {
    var dialect: Dialect { get }

    /// Runs `body` in a transaction that sees one state of the database and changes nothing.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value

    /// Runs `body` in a transaction. What it did is durable when this returns, or soon after, and undone when this
    /// throws. The call is not cancelled with its task. `body` must do nothing but use the connection: it may run more
    /// than once.
    func write<Value: Sendable>(
        durable: Durability, _ body: @escaping @Sendable (any Connection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value

    /// What is announced by any write, as soon as it is durable.
    func events() -> AsyncStream<StoreEvent>

    /// Reserves a name among the processes that share the database; `false` when another one has it.
    func hold(name: String) async throws(StorageError) -> Bool

    /// Waits for the calls under way. Later ones throw `closed`.
    func close() async
}

/// When a write survives a power cut.
enum Durability: Sendable {
    /// When the call returns.
    case onReturn
    /// Within a second. For what need not survive, such as a lease: should the database forget it, the submission is
    /// claimed again and the holder's later writes are refused.
    case soon
}

extension Database {
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        try await write(durable: .onReturn, body)
    }
}

/// A database inside a transaction, used on the database's own thread, where it may block.
protocol Connection {
    @discardableResult
    func run(_ statement: SQL) throws(StorageError) -> [Row]

    /// Runs a statement whose rows nobody needs, at the latest before the transaction ends. What it fails with may be
    /// thrown by a later call, or by the write.
    func runLater(_ statement: SQL) throws(StorageError)

    /// Milliseconds on the clock that leases are compared by: all users of the database share it, it does not go back,
    /// and setting the time of day does not move it. Where its zero lies is the engine's business.
    func now() throws(StorageError) -> Int64

    /// Which of the rows of a sum to change, so that writers do not wait for one another.
    var shard: Int { get }

    /// Whether an earlier run of the same body may have been made durable, its answer lost. A body that would then
    /// answer something else looks for its own traces first.
    var isReplay: Bool { get }

    /// Tells listeners if and when the transaction is durable.
    func announce(_ event: StoreEvent)
}

/// What is written differently from engine to engine.
struct Dialect: Sendable {
    let name: String
    /// The type of a key that the database numbers itself.
    let key: String
    let integer: String
    let real: String
    let text: String
    let blob: String
    /// What ends `CREATE TABLE`.
    let tableOptions: String
    /// The same for a table that is best kept in the order of its primary key.
    let clusteredTableOptions: String
    /// What ends a `SELECT` of the row to be claimed, so that others claiming at the same time pass over it.
    let skipLocked: String
    /// Held to the end of the transaction that migrates, where several nodes may start at the same moment.
    let migrationLock: SQL?
    /// Held to the end of the transaction by writers that must go one after another.
    let queueLock: SQL?
}
