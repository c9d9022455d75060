import Core

/// The rows of `StoredFileCache`.
extension Store {
    /// Keeps `contents` under `key`, in place of what was there.
    func keepFile(_ contents: [UInt8], as key: FileCacheKey) async throws(StorageError) {
        let digest = try Self.digest(ofBlob: contents)
        try await database.write { (connection) throws(StorageError) -> Void in
            try Self.keepBlob(contents, digest, with: connection)
            try connection.run(
                """
                INSERT INTO files (owner, id, content, size, used_at)
                VALUES (\(key.owner), \(key.id), \(digest.bytes), \(contents.count), \(Milliseconds.now))
                ON CONFLICT (owner, id) DO UPDATE SET
                    content = excluded.content, size = excluded.size, used_at = excluded.used_at
                """)
        }
    }

    /// `nil` when there is none.
    func file(_ key: FileCacheKey) async throws(StorageError) -> [UInt8]? {
        let found = try await database.read { (connection) throws(StorageError) -> (BlobDigest, [[UInt8]])? in
            let rows = try connection.run(
                "SELECT content FROM files WHERE owner = \(key.owner) AND id = \(key.id)")
            guard let row = rows.first else { return nil }
            let digest = try BlobDigest(stored: row.blob(0))
            guard let pieces = try Self.pieces(ofBlob: digest, with: connection) else { return nil }
            return (digest, pieces)
        }
        guard let (digest, pieces) = found else { return nil }
        return try Self.content(of: digest, pieces)
    }

    /// Notes that the file is used, if that was last noted longer than `interval` ago. `false` when there is none.
    func useFile(_ key: FileCacheKey, notedAfter interval: Duration) async throws(StorageError) -> Bool {
        let usedAt = try await database.read { (connection) throws(StorageError) in
            try connection.run("SELECT used_at FROM files WHERE owner = \(key.owner) AND id = \(key.id)").first
        }
        guard let usedAt = try usedAt?.integer(0) else { return false }
        guard Milliseconds.now - usedAt >= Milliseconds.of(interval) else { return true }
        return try await database.write(durable: .soon) { (connection) throws(StorageError) in
            try !connection.run(
                """
                UPDATE files SET used_at = \(Milliseconds.now) WHERE owner = \(key.owner) AND id = \(key.id)
                RETURNING id
                """
            ).isEmpty
        }
    }

    /// Bytes of all contents that files have.
    func fileBytes() async throws(StorageError) -> Int {
        try await database.read { (connection) throws(StorageError) in try Self.fileBytes(with: connection) }
    }

    private static func fileBytes(with connection: any Connection) throws(StorageError) -> Int {
        let row = try connection.run(
            """
            SELECT CAST(coalesce(sum(size), 0) AS BIGINT) FROM (SELECT DISTINCT content, size FROM files) AS contents
            """)[0]
        return Int(try row.integer(0))
    }

    func removeFiles(unusedFor age: Duration) async throws(StorageError) {
        try await database.write { (connection) throws(StorageError) -> Void in
            try connection.run("DELETE FROM files WHERE used_at < \(Milliseconds.now - Milliseconds.of(age))")
        }
    }

    /// Removes up to `count` files, those first that were used longest ago, until what is left has `goal` bytes or
    /// there is just one. Gives back how many went.
    func removeOldestFiles(_ count: Int, downTo goal: Int) async throws(StorageError) -> Int {
        try await database.write { (connection) throws(StorageError) in
            var (removed, bytes) = (0, try Self.fileBytes(with: connection))
            let rows = try connection.run(
                "SELECT owner, id, content, size FROM files ORDER BY used_at, owner, id LIMIT \(count + 1)")
            for row in rows.dropLast() where bytes > goal {
                try connection.run("DELETE FROM files WHERE owner = \(try row.text(0)) AND id = \(try row.text(1))")
                removed += 1
                let others = try connection.run("SELECT id FROM files WHERE content = \(try row.blob(2)) LIMIT 1")
                if others.isEmpty { bytes -= Int(try row.integer(3)) }
            }
            return removed
        }
    }
}
