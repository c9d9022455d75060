extension Migration {
    /// What nodes can grade; tasks; and files that clients sent ahead. Both refer to blobs.
    static let catalogue = Migration(version: 9) { d in
        [
            "ALTER TABLE nodes ADD COLUMN abilities \(raw: d.blob)",
            """
            CREATE TABLE tasks (
                id \(raw: d.text) NOT NULL PRIMARY KEY,
                course \(raw: d.text)
            )\(raw: d.tableOptions)
            """,
            """
            CREATE TABLE task_versions (
                task \(raw: d.text) NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
                -- from 1; the highest is in force
                number \(raw: d.integer) NOT NULL,
                archive \(raw: d.blob) NOT NULL REFERENCES blobs (digest),
                created_at \(raw: d.integer) NOT NULL,
                title \(raw: d.text) NOT NULL,
                format \(raw: d.text) NOT NULL,
                size \(raw: d.integer) NOT NULL,
                -- seconds of CPU time
                time_limit \(raw: d.real),
                PRIMARY KEY (task, number)
            )\(raw: d.tableOptions)
            """,
            "CREATE INDEX task_versions_by_archive ON task_versions (archive)",
            """
            CREATE TABLE files (
                owner \(raw: d.text) NOT NULL,
                id \(raw: d.text) NOT NULL,
                content \(raw: d.blob) NOT NULL REFERENCES blobs (digest),
                size \(raw: d.integer) NOT NULL,
                -- milliseconds since 1970
                used_at \(raw: d.integer) NOT NULL,
                PRIMARY KEY (owner, id)
            )\(raw: d.tableOptions)
            """,
            "CREATE INDEX files_by_content ON files (content, size)",
            "CREATE INDEX files_by_use ON files (used_at)",
        ]
    }
}
