/// A step of the schema. Steps that were released are never changed; a later one corrects them.
struct Migration: Sendable {
    let version: Int
    let statements: @Sendable (Dialect) -> [SQL]

    /// Brings the database to the newest of `migrations`, all steps in one transaction.
    static func apply(
        _ migrations: [Migration] = Migration.all, to database: some Database
    ) async throws(StorageError) {
        let dialect = database.dialect
        try await database.write { (connection) throws(StorageError) in
            if let lock = dialect.migrationLock { try connection.run(lock) }
            try connection.run(
                """
                CREATE TABLE IF NOT EXISTS assay_schema (
                    version \(raw: dialect.integer) NOT NULL PRIMARY KEY
                )\(raw: dialect.tableOptions)
                """)
            let done = try connection.run("SELECT coalesce(max(version), 0) FROM assay_schema")[0].integer(0)
            let known = migrations.map(\.version).max() ?? 0
            guard done <= known else { throw .tooNew(found: Int(done), known: known) }
            for migration in migrations where migration.version > done {
                for statement in migration.statements(dialect) { try connection.run(statement) }
                try connection.run("INSERT INTO assay_schema (version) VALUES (\(migration.version))")
            }
        }
    }
}
