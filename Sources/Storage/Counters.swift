import Core

/// How many submissions there are in each state, and their bytes, without counting them.
enum Counters {
    static func sum(
        of status: SubmissionStatus, with connection: any Connection
    ) throws(StorageError) -> (submissions: Int, bytes: Int) {
        let row = try connection.run(
            """
            SELECT CAST(coalesce(sum(submissions), 0) AS BIGINT), CAST(coalesce(sum(bytes), 0) AS BIGINT)
            FROM counters WHERE status = \(status.rawValue)
            """)[0]
        return (Int(try row.integer(0)), Int(try row.integer(1)))
    }

    static func add(
        _ submissions: Int, bytes: Int, to status: SubmissionStatus, with connection: any Connection
    ) throws(StorageError) {
        try add([(status, submissions, bytes)], with: connection)
    }

    private static func add(
        _ changes: [(status: SubmissionStatus, submissions: Int, bytes: Int)], with connection: any Connection
    ) throws(StorageError) {
        var values: SQL = ""
        for (number, change) in changes.enumerated() {
            let row: SQL = """
                (\(change.status.rawValue), \(connection.shard), \(change.submissions), \(change.bytes))
                """
            values = number == 0 ? row : "\(values), \(row)"
        }
        try connection.runLater(
            """
            INSERT INTO counters (status, shard, submissions, bytes) VALUES \(values)
            ON CONFLICT (status, shard) DO UPDATE SET
                submissions = counters.submissions + excluded.submissions, bytes = counters.bytes + excluded.bytes
            """)
    }

    /// Counts one submission's change of state.
    static func move(
        bytes: Int, from old: SubmissionStatus, to new: SubmissionStatus, with connection: any Connection
    ) throws(StorageError) {
        guard old != new else { return }
        // Always in the same order, so that two writers cannot wait for each other.
        let changes = [(old, -1), (new, 1)].sorted { $0.0.rawValue < $1.0.rawValue }
        try add(changes.map { ($0.0, $0.1, $0.1 * bytes) }, with: connection)
    }
}
