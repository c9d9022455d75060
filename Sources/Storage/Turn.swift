import Core

/// Whose turn it is.
///
/// The most urgent class that has something goes first. Within a class, courses take turns in proportion to their
/// weights: each claim moves a course's `pass` on, and the course with the lowest goes next (stride scheduling).
/// Within a course, users take turns: a user's submissions get the ranks of successive rounds, beginning with the
/// round that is being served, so that a thousand of one user delay another's first by one at most.
enum Turn {
    /// What a claim adds to the pass of a course with weight 1.
    static let stride: Int64 = 1_000_000
    /// Courses looked at when others hold what the first has.
    static let candidates = 8

    /// Where a new submission stands in its course's queue. Makes the course take part from now on if it did not:
    /// neither with credit for the time when it wanted nothing nor with more than one turn of debt.
    static func rank(
        course: String, account: String, class priority: PriorityClass, with connection: any Connection
    ) throws(StorageError) -> Int64 {
        let (level, open): (Int, SQL) = (
            priority.stored, "finished_at IS NULL AND class = \(priority.stored) AND course = \(course)"
        )
        // Rows looked for in the order of an index, rather than max(), for which PostgreSQL may read the whole queue.
        let row = try connection.run(
            """
            SELECT (SELECT rank FROM submissions WHERE \(open) AND status = 'queued' ORDER BY rank, key LIMIT 1),
                (SELECT rank FROM submissions
                    WHERE finished_at IS NULL AND course = \(course) AND account = \(account) AND class = \(level)
                    ORDER BY rank DESC LIMIT 1)
            """)[0]
        let next = try row.optionalInteger(1).map { $0 + 1 } ?? 0
        if let first = try row.optionalInteger(0) { return max(first, next) }
        try join(course: course, level: level, with: connection)
        // None waits, so there are only the few that run.
        let served = try connection.run("SELECT max(rank) FROM submissions WHERE \(open) AND status = 'running'")[0]
        return max(try served.optionalInteger(0) ?? 0, next)
    }

    private static func join(
        course: String, level: Int, with connection: any Connection
    ) throws(StorageError) {
        let least = try connection.run(
            """
            SELECT min(pass) FROM shares WHERE class = \(level) AND EXISTS (
                SELECT 1 FROM submissions AS s WHERE s.finished_at IS NULL AND s.class = shares.class
                    AND s.course = shares.course AND s.status = 'queued')
            """)[0].optionalInteger(0)
        let own = try connection.run("SELECT pass FROM shares WHERE class = \(level) AND course = \(course)").first
        let pass: Int64
        switch (try own?.integer(0), least) {
        case (let own?, let least?):
            pass = min(max(own, least), least + (try step(of: course, with: connection)))
        case (let own?, nil): pass = own
        case (nil, let least?): pass = least
        case (nil, nil): pass = 0
        }
        try connection.run(
            """
            INSERT INTO shares (class, course, pass) VALUES (\(level), \(course), \(pass))
            ON CONFLICT (class, course) DO UPDATE SET pass = excluded.pass
            """)
    }

    private static func step(of course: String, with connection: any Connection) throws(StorageError) -> Int64 {
        let row = try connection.run("SELECT weight FROM courses WHERE course = \(course)").first
        return stride / max(1, try row?.integer(0) ?? 1)
    }

    /// The courses that have something to claim that meets `condition` (on `s`), the one whose turn it is first; before
    /// them those of the class `level`.
    static func courses(
        where condition: SQL, preferring level: Int?, with connection: any Connection
    ) throws(StorageError) -> [(level: Int64, course: String)] {
        var courses: [(level: Int64, course: String)] = []
        if let level { courses += try next(where: condition, among: "class = \(level)", with: connection) }
        return courses + (try next(where: condition, among: "1 = 1", with: connection))
    }

    private static func next(
        where condition: SQL, among shares: SQL, with connection: any Connection
    ) throws(StorageError) -> [(level: Int64, course: String)] {
        // In the order of an index, so that not every course's queue is looked into; and a row looked for in such an
        // order, rather than EXISTS, which PostgreSQL may answer by reading the whole queue.
        let rows = try connection.run(
            """
            SELECT class, course FROM shares WHERE \(shares) AND (
                SELECT s.key FROM submissions AS s
                WHERE s.class = shares.class AND s.course = shares.course AND \(condition)
                ORDER BY s.rank, s.key LIMIT 1) IS NOT NULL
            ORDER BY class, pass, course LIMIT \(candidates)
            """)
        var courses: [(level: Int64, course: String)] = []
        for row in rows { courses.append((try row.integer(0), try row.text(1))) }
        return courses
    }

    /// Counts a claim against the course's share.
    static func take(level: Int64, course: String, with connection: any Connection) throws(StorageError) {
        try connection.runLater(
            """
            UPDATE shares SET pass = pass + \(stride) / coalesce(
                (SELECT weight FROM courses WHERE course = \(course) AND weight > 0), 1)
            WHERE class = \(level) AND course = \(course)
            """)
    }

    /// Forgets the courses that want nothing, so that there are never many to choose from.
    static func forgetIdle(with connection: any Connection) throws(StorageError) {
        try connection.run(
            """
            DELETE FROM shares WHERE NOT EXISTS (
                SELECT 1 FROM submissions AS s WHERE s.finished_at IS NULL AND s.class = shares.class
                    AND s.course = shares.course)
            """)
    }
}
