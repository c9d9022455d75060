import Core

/// Deleting a submission that has ended, with all that hangs on it.
enum Removal {
    /// What `delete` reads, in its order.
    static let columns = "key, status, bytes, metadata"

    /// Whether the row was there to be deleted: two nodes may want to at the same moment.
    static func delete(_ row: Row, with connection: any Connection) throws(StorageError) -> Bool {
        let (key, name) = (try row.integer(0), try row.text(1))
        guard let status = SubmissionStatus(rawValue: name) else {
            throw .corrupt("row \(key) has the unknown status \(name)")
        }
        // Drafts, reports and webhooks follow by their foreign keys. The index of the metadata has none, and is found
        // by what was put into it.
        let metadata = try Stored.decode([String: String].self, row.blob(3), of: "row \(key)")
        for (name, value) in metadata {
            try connection.run(
                """
                DELETE FROM metadata
                WHERE name = \(Array(name.utf8)) AND value = \(Array(value.utf8)) AND submission = \(key)
                """)
        }
        let deleted = try connection.run(
            "DELETE FROM submissions WHERE key = \(key) AND status = \(name) AND finished_at IS NOT NULL RETURNING key")
        guard !deleted.isEmpty else { return false }
        try Counters.add(-1, bytes: -Int(try row.integer(2)), to: status, with: connection)
        return true
    }
}
