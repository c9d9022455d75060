extension Migration {
    static let all: [Migration] = [
        submissions, tokens, sharing, idempotency, history, webhooks, nodes, blobs, catalogue, turns,
    ]

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

    /// Whose turn it is (`Turn`), and whose submissions are whose.
    private static let sharing = Migration(version: 3) { d in
        [
            // The empty text stands for no course, so that a course can be compared and be part of a key.
            "ALTER TABLE submissions ADD COLUMN course \(raw: d.text) NOT NULL DEFAULT ''",
            "ALTER TABLE submissions ADD COLUMN user_name \(raw: d.text)",
            "ALTER TABLE submissions ADD COLUMN token \(raw: d.text)",
            // Who takes turns within the course: the user, or the token of those who name none.
            "ALTER TABLE submissions ADD COLUMN account \(raw: d.text) NOT NULL DEFAULT ''",
            "ALTER TABLE submissions ADD COLUMN class \(raw: d.integer) NOT NULL DEFAULT 1",
            // Since when it has been its turn without fitting, and which node keeps itself empty for it until when; on
            // the connection's clock.
            "ALTER TABLE submissions ADD COLUMN passed_over_at \(raw: d.integer) NOT NULL DEFAULT 0",
            "ALTER TABLE submissions ADD COLUMN reserved_by \(raw: d.text)",
            "ALTER TABLE submissions ADD COLUMN reserved_until \(raw: d.integer) NOT NULL DEFAULT 0",
            "DROP INDEX submissions_by_rank",
            "CREATE INDEX submissions_by_turn ON submissions (class, course, rank, key) WHERE finished_at IS NULL",
            "CREATE INDEX submissions_by_account ON submissions (course, account, class, rank) WHERE finished_at IS NULL",
            "CREATE INDEX submissions_by_course ON submissions (course, id)",
            "CREATE INDEX submissions_by_user ON submissions (user_name, id) WHERE user_name IS NOT NULL",
            "CREATE INDEX submissions_by_token ON submissions (token, id) WHERE token IS NOT NULL",
            """
            CREATE TABLE courses (
                course \(raw: d.text) NOT NULL PRIMARY KEY,
                weight \(raw: d.integer) NOT NULL
            )\(raw: d.tableOptions)
            """,
            // The courses that want something.
            """
            CREATE TABLE shares (
                class \(raw: d.integer) NOT NULL,
                course \(raw: d.text) NOT NULL,
                pass \(raw: d.integer) NOT NULL,
                PRIMARY KEY (class, course)
            )\(raw: d.clusteredTableOptions)
            """,
            """
            INSERT INTO shares (class, course, pass)
            SELECT DISTINCT class, course, 0 FROM submissions WHERE finished_at IS NULL
            """,
        ]
    }

    /// Requests that must not be done twice.
    private static let idempotency = Migration(version: 4) { d in
        [
            """
            CREATE TABLE idempotency (
                scope \(raw: d.text) NOT NULL,
                key \(raw: d.text) NOT NULL,
                fingerprint \(raw: d.blob) NOT NULL,
                -- ids, separated by spaces
                submissions \(raw: d.text) NOT NULL,
                created_at \(raw: d.integer) NOT NULL,
                PRIMARY KEY (scope, key)
            )\(raw: d.clusteredTableOptions)
            """,
            "CREATE INDEX idempotency_by_age ON idempotency (created_at)",
        ]
    }

    /// What a submission was judged before it was judged again; and an index to forget old ones by.
    private static let history = Migration(version: 5) { d in
        [
            """
            CREATE TABLE past_reports (
                submission \(raw: d.integer) NOT NULL REFERENCES submissions (key) ON DELETE CASCADE,
                -- from 1, in the order in which they were made
                number \(raw: d.integer) NOT NULL,
                started_at \(raw: d.integer) NOT NULL,
                finished_at \(raw: d.integer) NOT NULL,
                body \(raw: d.blob) NOT NULL,
                PRIMARY KEY (submission, number)
            )\(raw: d.tableOptions)
            """,
            "CREATE INDEX submissions_by_end ON submissions (finished_at) WHERE finished_at IS NOT NULL",
        ]
    }

    /// Who wants to be told when a submission ends, and how telling them goes.
    private static let webhooks = Migration(version: 6) { d in
        [
            "ALTER TABLE submissions ADD COLUMN webhooks \(raw: d.integer) NOT NULL DEFAULT 0",
            """
            CREATE TABLE webhooks (
                key \(raw: d.key),
                submission \(raw: d.integer) NOT NULL REFERENCES submissions (key) ON DELETE CASCADE,
                url \(raw: d.text) NOT NULL,
                -- waiting (for the end), due, delivered or dead
                state \(raw: d.text) NOT NULL,
                attempts \(raw: d.integer) NOT NULL,
                -- when to try, in milliseconds since 1970; while one tries, when it is given up
                due_at \(raw: d.integer) NOT NULL,
                last_error \(raw: d.text)
            )\(raw: d.tableOptions)
            """,
            "CREATE INDEX webhooks_by_submission ON webhooks (submission)",
            "CREATE INDEX webhooks_due ON webhooks (due_at) WHERE state = 'due'",
            "CREATE INDEX webhooks_dead ON webhooks (key) WHERE state = 'dead'",
        ]
    }

    /// The nodes that share the database, as each describes itself.
    private static let nodes = Migration(version: 7) { d in
        [
            """
            CREATE TABLE nodes (
                name \(raw: d.text) NOT NULL PRIMARY KEY,
                description \(raw: d.blob) NOT NULL,
                -- on the connection's clock
                seen_at \(raw: d.integer) NOT NULL
            )\(raw: d.tableOptions)
            """
        ]
    }

    /// Files by their content, in pieces so that no row is large.
    private static let blobs = Migration(version: 8) { d in
        [
            """
            CREATE TABLE blobs (
                digest \(raw: d.blob) NOT NULL PRIMARY KEY,
                size \(raw: d.integer) NOT NULL,
                created_at \(raw: d.integer) NOT NULL
            )\(raw: d.tableOptions)
            """,
            """
            CREATE TABLE blob_pieces (
                digest \(raw: d.blob) NOT NULL REFERENCES blobs (digest) ON DELETE CASCADE,
                number \(raw: d.integer) NOT NULL,
                body \(raw: d.blob) NOT NULL,
                PRIMARY KEY (digest, number)
            )\(raw: d.tableOptions)
            """,
        ]
    }

    /// So that of many courses only the next few are looked at.
    private static let turns = Migration(version: 10) { _ in
        ["CREATE INDEX shares_by_turn ON shares (class, pass, course)"]
    }
}
