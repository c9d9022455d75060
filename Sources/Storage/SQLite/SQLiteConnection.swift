import Foundation
import GRDB

/// SQLite inside a transaction.
final class SQLiteConnection: Connection {
    private let database: GRDB.Database
    private(set) var announced: [StoreEvent] = []
    let shard = 0
    let isReplay = false

    init(database: GRDB.Database) { self.database = database }

    @discardableResult
    func run(_ statement: SQL) throws(StorageError) -> [Row] {
        do {
            let prepared = try database.cachedStatement(sql: statement.text)
            let arguments = StatementArguments(statement.arguments.map { $0.databaseValue })
            let cursor = try GRDB.Row.fetchCursor(prepared, arguments: arguments)
            var rows: [Row] = []
            let width = prepared.columnCount
            while let row = try cursor.next() {
                rows.append(Row(values: (0..<width).map { SQLValue(row[$0] as DatabaseValue) }))
            }
            return rows
        } catch {
            throw StorageError(error)
        }
    }

    func runLater(_ statement: SQL) throws(StorageError) { try run(statement) }

    /// After a restart of the machine it begins anew; `Store` knows a lease from before by its being too far in the
    /// future.
    func now() -> Int64 { BootClock.milliseconds }

    func announce(_ event: StoreEvent) { announced.append(event) }

    /// Runs `body` so that nothing of it remains when it throws.
    func savepoint<Value>(
        _ body: (any Connection) throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        let before = announced.count
        // Not GRDB's own savepoints: those are parsed anew every time.
        try run("SAVEPOINT write")
        do throws(StorageError) {
            let value = try body(self)
            try run("RELEASE write")
            return value
        } catch {
            announced.removeSubrange(before...)
            // Fails when SQLite has undone the whole transaction, savepoints and all; the group commit looks for that.
            _ = try? run("ROLLBACK TO write")
            _ = try? run("RELEASE write")
            throw error
        }
    }
}

extension SQLValue {
    fileprivate init(_ value: DatabaseValue) {
        self =
            switch value.storage {
            case .null: .null
            case .int64(let value): .integer(value)
            case .double(let value): .real(value)
            case .string(let value): .text(value)
            case .blob(let value): .blob(Array(value))
            }
    }

    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let value): value.databaseValue
        case .real(let value): value.databaseValue
        case .text(let value): value.databaseValue
        case .blob(let value): Data(value).databaseValue
        }
    }
}
