package import struct Foundation.Date

/// What a task's archive was found to hold when it was uploaded.
package struct NewTaskVersion: Sendable {
    package var archive: [UInt8]
    package var title: String
    package var format: String
    /// Seconds of CPU time.
    package var timeLimit: Double?
    package var createdAt: Date

    package init(archive: [UInt8], title: String, format: String, timeLimit: Double?, createdAt: Date) {
        self.archive = archive
        self.title = title
        self.format = format
        self.timeLimit = timeLimit
        self.createdAt = createdAt
    }
}

extension Store {
    /// Versions of a task that are kept.
    package static let maximumTaskVersions = 20

    /// Puts a version in force. The archive that is in force already makes no new one; its time limit is noted if
    /// there is one. `isNew` tells whether there was no such task before.
    package func putTask(
        _ id: String, course: String?, _ new: NewTaskVersion
    ) async throws(StorageError) -> (record: TaskRecord, isNew: Bool) {
        let digest = try Self.digest(ofBlob: new.archive)
        return try await database.write { (connection) throws(StorageError) in
            let isNew = try connection.run("SELECT id FROM tasks WHERE id = \(id)").isEmpty
            // Its row is held from here on: those who put at the same time are one after the other.
            try connection.run(
                """
                INSERT INTO tasks (id, course) VALUES (\(id), \(course))
                ON CONFLICT (id) DO UPDATE SET course = excluded.course
                """)
            let current = try Self.versions(of: id, with: connection).last
            if current?.archive != digest {
                try Self.keepBlob(new.archive, digest, with: connection)
                try Self.insert(new, digest, number: (current?.number ?? 0) + 1, of: id, with: connection)
            } else if let limit = new.timeLimit {
                try Self.setTimeLimit(limit, of: id, archive: digest, with: connection)
            }
            let versions = try Self.versions(of: id, with: connection)
            return (TaskRecord(id: id, course: course, versions: versions), isNew)
        }
    }

    private static func insert(
        _ new: NewTaskVersion, _ digest: BlobDigest, number: Int, of id: String, with connection: any Connection
    ) throws(StorageError) {
        let limit = new.timeLimit.map { SQLValue.real($0) } ?? .null
        try connection.run(
            """
            INSERT INTO task_versions (task, number, archive, created_at, title, format, size, time_limit)
            VALUES (\(id), \(number), \(digest.bytes), \(Milliseconds.of(new.createdAt)), \(new.title), \(new.format),
                \(new.archive.count), \(limit))
            """)
        try connection.run(
            "DELETE FROM task_versions WHERE task = \(id) AND number <= \(number - Self.maximumTaskVersions)")
    }

    /// `nil` if there is none.
    package func task(_ id: String) async throws(StorageError) -> TaskRecord? {
        try await database.read { (connection) throws(StorageError) in
            guard let row = try connection.run("SELECT course FROM tasks WHERE id = \(id)").first else { return nil }
            return TaskRecord(
                id: id, course: try row.optionalText(0), versions: try Self.versions(of: id, with: connection))
        }
    }

    /// The version in force; `nil` if there is no such task.
    package func currentTaskVersion(_ id: String) async throws(StorageError) -> TaskVersion? {
        try await database.read { (connection) throws(StorageError) in
            let rows = try connection.run(
                """
                SELECT \(raw: Self.versionColumns) FROM task_versions WHERE task = \(id) ORDER BY number DESC LIMIT 1
                """)
            guard let row = rows.first else { return nil }
            return try TaskVersion(row)
        }
    }

    /// Every task, by id.
    package func tasks() async throws(StorageError) -> [TaskRecord] {
        try await database.read { (connection) throws(StorageError) in
            var versions: [String: [TaskVersion]] = [:]
            let rows = try connection.run("SELECT \(raw: Self.versionColumns) FROM task_versions ORDER BY task, number")
            for row in rows { versions[try row.text(0), default: []].append(try TaskVersion(row)) }
            var records: [TaskRecord] = []
            for row in try connection.run("SELECT id, course FROM tasks ORDER BY id") {
                let id = try row.text(0)
                records.append(TaskRecord(id: id, course: try row.optionalText(1), versions: versions[id] ?? []))
            }
            return records
        }
    }

    /// Notes the time limit, in seconds of CPU time, that a check of `archive` found, if that is still in force.
    package func setTaskTimeLimit(
        _ limit: Double, of id: String, archive: BlobDigest
    ) async throws(StorageError) {
        try await database.write { (connection) throws(StorageError) -> Void in
            try Self.setTimeLimit(limit, of: id, archive: archive, with: connection)
        }
    }

    private static func setTimeLimit(
        _ limit: Double, of id: String, archive: BlobDigest, with connection: any Connection
    ) throws(StorageError) {
        try connection.run(
            """
            UPDATE task_versions SET time_limit = \(limit) WHERE task = \(id) AND archive = \(archive.bytes)
            AND number = (SELECT max(number) FROM task_versions WHERE task = \(id))
            """)
    }

    /// Removes a task with its versions; `false` if there is none.
    package func removeTask(_ id: String) async throws(StorageError) -> Bool {
        try await database.write { (connection) throws(StorageError) in
            let removed = try connection.run("DELETE FROM tasks WHERE id = \(id) RETURNING id")
            return !removed.isEmpty
        }
    }

    /// Beginning with the task's id.
    private static let versionColumns = "task, number, archive, created_at, title, format, size, time_limit"

    private static func versions(
        of id: String, with connection: any Connection
    ) throws(StorageError) -> [TaskVersion] {
        let rows = try connection.run(
            "SELECT \(raw: versionColumns) FROM task_versions WHERE task = \(id) ORDER BY number")
        var versions: [TaskVersion] = []
        for row in rows { versions.append(try TaskVersion(row)) }
        return versions
    }
}

extension TaskVersion {
    fileprivate init(_ row: Row) throws(StorageError) {
        self.init(
            number: Int(try row.integer(1)), archive: try BlobDigest(stored: row.blob(2)),
            createdAt: Milliseconds.date(try row.integer(3)), title: try row.text(4), format: try row.text(5),
            size: Int(try row.integer(6)), timeLimit: try row.optionalReal(7))
    }
}
