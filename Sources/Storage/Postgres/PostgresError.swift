/// What went wrong between us and a PostgreSQL server.
enum PostgresError: Error {
    /// There is no connection, or there is none any more.
    case lost(String)
    /// The server refused a statement, with its SQLSTATE.
    case refused(state: String, String)

    /// Whether the transaction was undone for the sake of another and succeeds when it is tried again.
    var isCollision: Bool {
        guard case .refused(let state, _) = self else { return false }
        // serialization_failure, deadlock_detected
        return state == "40001" || state == "40P01"
    }

    /// Whether the server has ended or is ending the connection.
    var isLoss: Bool {
        switch self {
        case .lost: true
        // admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout; connection exceptions;
        // read_only_sql_transaction: this server was demoted, another one may be the primary now.
        case .refused(let state, _):
            state.hasPrefix("08") || ["57P01", "57P02", "57P03", "57P05", "25006"].contains(state)
        }
    }
}

extension StorageError {
    init(_ error: PostgresError) {
        switch error {
        case .lost(let reason): self = .unavailable(reason)
        case .refused(let state, let message):
            switch state.prefix(2) {
            // Connection, authorisation, transaction rolled back, resources (disk full, memory, connections), object
            // in use, operator intervention and time-outs, I/O.
            case "08", "28", "40", "53", "55", "57", "58": self = .unavailable("\(message) (\(state))")
            case "25" where state == "25006": self = .unavailable("the database is read-only (\(state))")
            case "XX" where state != "XX000": self = .corrupt("\(message) (\(state))")
            default: self = .refused("\(message) (\(state))")
            }
        }
    }
}
