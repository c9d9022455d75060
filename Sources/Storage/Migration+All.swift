extension Migration {
    static let all: [Migration] = [submissions, tokens]

    /// Submissions and what hangs on them. The columns of `submissions` are what is searched and decided by; the
    /// drafts and reports themselves, which may be megabytes, lie in tables of their own so that a change of state
    /// does not rewrite them and a search does not read through them.
    private static let submissions = Migration(version: 1) { d in
        [
            """
            CREATE TABLE submissions (
                key \(raw: d.key),
                id \(raw: d.text) NOT NULL UNIQUE,
                language \(raw: d.text) NOT NULL,
                task \(raw: d.text),
                metadata \(raw: d.blob) NOT NULL,
                cpus \(raw: d.integer) NOT NULL,
                memory \(raw: d.integer) NOT NULL,
                -- size of the draft as stored
                bytes \(raw: d.integer) NOT NULL,
                -- times of day are milliseconds since 1970
                created_at \(raw: d.integer) NOT NULL,
                started_at \(raw: d.integer),
                finished_at \(raw: d.integer),
                status \(raw: d.text) NOT NULL,
                -- the queue's order: lowest first, then by key
                rank \(raw: d.integer) NOT NULL,
                -- attempts that ended without a report and count
                failures \(raw: d.integer) NOT NULL,
                -- drawn anew for every claim; a write by the holder of an earlier one is refused
                fence \(raw: d.integer) NOT NULL,
                -- 1 when the latest claim took over an expired lease
                took_over \(raw: d.integer) NOT NULL,
                node \(raw: d.text),
                -- when it may be claimed, on the connection's clock: 0 when queued, the lease's end when running
                available_at \(raw: d.integer) NOT NULL,
                -- the lease's duration in milliseconds
                lease \(raw: d.integer) NOT NULL,
                cancellation_asked \(raw: d.integer) NOT NULL,
                verdict \(raw: d.text),
                score \(raw: d.real),
                maximum_score \(raw: d.real),
                -- nanoseconds
                cpu_time \(raw: d.integer),
                wall_time \(raw: d.integer),
                peak_memory \(raw: d.integer)
            )\(raw: d.tableOptions)
            """,
            // The queue: only what is not final, however many submissions are kept.
            "CREATE INDEX submissions_by_rank ON submissions (rank, key) WHERE finished_at IS NULL",
            "CREATE INDEX submissions_by_age ON submissions (status, created_at) WHERE finished_at IS NULL",
            "CREATE INDEX submissions_by_task ON submissions (task, id) WHERE task IS NOT NULL",
            "CREATE INDEX submissions_by_verdict ON submissions (verdict, id) WHERE verdict IS NOT NULL",
            """
            CREATE TABLE drafts (
                submission \(raw: d.integer) NOT NULL PRIMARY KEY REFERENCES submissions (key) ON DELETE CASCADE,
                body \(raw: d.blob) NOT NULL
            )\(raw: d.tableOptions)
            """,
            """
            CREATE TABLE reports (
                submission \(raw: d.integer) NOT NULL PRIMARY KEY REFERENCES submissions (key) ON DELETE CASCADE,
                body \(raw: d.blob) NOT NULL
            )\(raw: d.tableOptions)
            """,
            // To search by metadata. As bytes: not every database keeps every text (PostgreSQL has no NUL in it).
            """
            CREATE TABLE metadata (
                name \(raw: d.blob) NOT NULL,
                value \(raw: d.blob) NOT NULL,
                submission \(raw: d.integer) NOT NULL,
                PRIMARY KEY (name, value, submission)
            )\(raw: d.clusteredTableOptions)
            """,
            // Sums over all submissions, kept up to date by every change of state. Writers that would wait for one
            // another each have their own shard.
            """
            CREATE TABLE counters (
                status \(raw: d.text) NOT NULL,
                shard \(raw: d.integer) NOT NULL,
                submissions \(raw: d.integer) NOT NULL,
                bytes \(raw: d.integer) NOT NULL,
                PRIMARY KEY (status, shard)
            )\(raw: d.clusteredTableOptions)
            """,
            // What `checkWritable` writes.
            "CREATE TABLE probe (written_at \(raw: d.integer) NOT NULL)\(raw: d.tableOptions)",
            "INSERT INTO probe (written_at) VALUES (0)",
        ]
    }

    /// Access tokens: what each may do, and a hash to know it by.
    private static let tokens = Migration(version: 2) { d in
        [
            """
            CREATE TABLE tokens (
                id \(raw: d.text) NOT NULL PRIMARY KEY,
                name \(raw: d.text) NOT NULL,
                hash \(raw: d.blob) NOT NULL,
                -- names, separated by spaces
                roles \(raw: d.text) NOT NULL,
                -- JSON array; empty means every course
                courses \(raw: d.text) NOT NULL,
                created_at \(raw: d.integer) NOT NULL,
                revoked_at \(raw: d.integer)
            )\(raw: d.tableOptions)
            """
        ]
    }
}
