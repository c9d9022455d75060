extension Store {
    /// Opens the database that `location` names: a PostgreSQL URL, or the path of an SQLite file.
    package static func open(_ location: String, clock: StoreClock = StoreClock()) async throws(StorageError) -> Store {
        if location.hasPrefix("postgres://") || location.hasPrefix("postgresql://") {
            return try await postgres(location, clock: clock)
        }
        return try await sqlite(at: location, clock: clock)
    }
}
