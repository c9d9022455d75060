extension Store {
    /// Whether `location` names a database that several processes may use at the same time.
    package static func isShared(_ location: String) -> Bool {
        location.hasPrefix("postgres://") || location.hasPrefix("postgresql://")
    }

    /// Opens the database that `location` names: a PostgreSQL URL, or the path of an SQLite file.
    package static func open(_ location: String, clock: StoreClock = StoreClock()) async throws(StorageError) -> Store {
        if isShared(location) { return try await postgres(location, clock: clock) }
        return try await sqlite(at: location, clock: clock)
    }
}
