extension Store {
    /// Opens the database that `location` names: the path of an SQLite file.
    package static func open(_ location: String) async throws(StorageError) -> Store {
        try await sqlite(at: location)
    }
}
