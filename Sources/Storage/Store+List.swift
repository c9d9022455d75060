package import Core
import Foundation

extension Store {
    /// The most that one call of `list` gives.
    package static let maximumListLength = 1000

    /// Up to `limit` submissions (at most `maximumListLength`), newest first; those older than `cursor` when it is
    /// given, so that the last one's id leads to the next page. `skip` leaves out the first ones, which costs as much as
    /// reading them: for interfaces whose pages have numbers.
    package func list(
        _ filter: SubmissionFilter, before cursor: SubmissionID? = nil, skip: Int = 0, limit: Int
    ) async throws(StorageError) -> [SubmissionSummary] {
        let count = max(0, min(limit, Self.maximumListLength))
        // No such name is kept, and PostgreSQL would refuse to look for it.
        guard !filter.texts.contains(where: { $0.utf8.contains(0) }) else { return [] }
        let condition = filter.condition(before: cursor)
        let rows = try await database.read { (connection) throws(StorageError) in
            try connection.run(
                """
                SELECT \(raw: SubmissionSummary.columns) FROM submissions
                WHERE \(condition) ORDER BY id DESC LIMIT \(count) OFFSET \(max(0, skip))
                """)
        }
        var list: [SubmissionSummary] = []
        list.reserveCapacity(rows.count)
        for row in rows { list.append(try SubmissionSummary(row)) }
        return list
    }

    /// How many submissions meet `filter`. Counts rows: what costs little for a page may cost much for a year.
    package func count(_ filter: SubmissionFilter) async throws(StorageError) -> Int {
        guard !filter.texts.contains(where: { $0.utf8.contains(0) }) else { return 0 }
        let condition = filter.condition(before: nil)
        return try await database.read { (connection) throws(StorageError) in
            Int(try connection.run("SELECT count(*) FROM submissions WHERE \(condition)")[0].integer(0))
        }
    }

    /// How full the queue is, without counting rows.
    package func queueStatistics() async throws(StorageError) -> QueueStatistics {
        try await database.read { (connection) throws(StorageError) in
            var counts: [SubmissionStatus: Int] = [:]
            var queuedBytes = 0
            for status in SubmissionStatus.allCases {
                let sum = try Counters.sum(of: status, with: connection)
                counts[status] = sum.submissions
                if status == .queued { queuedBytes = sum.bytes }
            }
            let oldest = try connection.run(
                """
                SELECT created_at FROM submissions WHERE finished_at IS NULL AND status = 'queued'
                ORDER BY created_at LIMIT 1
                """)
            var queuedByClass: [PriorityClass: Int] = [:]
            let classes = try connection.run(
                """
                SELECT class, count(*) FROM submissions WHERE finished_at IS NULL AND status = 'queued' GROUP BY class
                """)
            for row in classes {
                queuedByClass[try PriorityClass(stored: row.integer(0), of: "in the queue")] = Int(try row.integer(1))
            }
            return QueueStatistics(
                submissions: counts, queuedByClass: queuedByClass, queuedBytes: queuedBytes,
                oldestQueued: try oldest.first?.integer(0).date)
        }
    }
}

extension Int64 {
    fileprivate var date: Date { Milliseconds.date(self) }
}

extension String {
    /// For `LIKE … ESCAPE '!'`.
    fileprivate var escapedForLike: String {
        reduce(into: "") { text, character in
            if character == "%" || character == "_" || character == "!" { text.append("!") }
            text.append(character)
        }
    }
}

extension SubmissionFilter {
    fileprivate var texts: [String] { [language, task, user, token, search].compactMap { $0 } + (courses ?? []) }

    fileprivate func condition(before cursor: SubmissionID?) -> SQL {
        var parts: [SQL] = []
        if let cursor { parts.append("id < \(cursor.string)") }
        if let status {
            parts.append("status = \(status.rawValue)")
            // Lets the index of the queue serve instead of a walk through everything kept.
            if !status.isFinal { parts.append("finished_at IS NULL") }
        }
        if let verdict { parts.append("verdict = \(verdict.rawValue)") }
        if let language { parts.append("language = \(language)") }
        if let task { parts.append("task = \(task)") }
        if let courses { parts.append("course IN (\(courses.sorted()))") }
        if let user { parts.append("user_name = \(user)") }
        if let token { parts.append("token = \(token)") }
        if let priority { parts.append("class = \(priority.stored)") }
        if let search {
            let pattern = "%\(search.lowercased().escapedForLike)%"
            parts.append(
                """
                (lower(id) LIKE \(pattern) ESCAPE '!' OR lower(coalesce(user_name, '')) LIKE \(pattern) ESCAPE '!'
                    OR lower(course) LIKE \(pattern) ESCAPE '!' OR lower(coalesce(task, '')) LIKE \(pattern) ESCAPE '!'
                    OR key IN (SELECT submission FROM metadata WHERE value = \(Array(search.utf8))))
                """)
        }
        if let createdAfter { parts.append("created_at >= \(Milliseconds.of(createdAfter))") }
        if let createdBefore { parts.append("created_at < \(Milliseconds.of(createdBefore))") }
        for (name, value) in metadata {
            parts.append(
                """
                key IN (SELECT submission FROM metadata
                    WHERE name = \(Array(name.utf8)) AND value = \(Array(value.utf8)))
                """)
        }
        guard let first = parts.first else { return "1 = 1" }
        return parts.dropFirst().reduce(first) { "\($0) AND \($1)" }
    }
}

extension SubmissionStatus {
    fileprivate var isFinal: Bool { self == .finished || self == .cancelled }
}

extension SubmissionSummary {
    fileprivate static let columns = """
        id, language, task, status, created_at, started_at, finished_at, metadata, verdict, score, maximum_score, \
        cpu_time, wall_time, peak_memory, course, user_name, class
        """

    fileprivate init(_ row: Row) throws(StorageError) {
        let (name, state) = (try row.text(0), try row.text(3))
        guard let id = SubmissionID(name) else { throw .corrupt("\(name) is no submission's id") }
        guard let status = SubmissionStatus(rawValue: state) else {
            throw .corrupt("submission \(id) has the unknown status \(state)")
        }
        self.id = id
        self.status = status
        language = try row.text(1)
        task = try row.optionalText(2)
        createdAt = Milliseconds.date(try row.integer(4))
        startedAt = try row.optionalInteger(5).map(Milliseconds.date)
        finishedAt = try row.optionalInteger(6).map(Milliseconds.date)
        let course = try row.text(14)
        self.course = course.isEmpty ? nil : course
        user = try row.optionalText(15)
        priority = try PriorityClass(stored: row.integer(16), of: name)
        metadata = try Stored.decode([String: String].self, row.blob(7), of: name)
        result = try row.optionalText(8).map { (verdict) throws(StorageError) in
            try ReportSummary(verdict: verdict, row, from: 9)
        }
    }
}

extension ReportSummary {
    fileprivate init(verdict: String, _ row: Row, from column: Int) throws(StorageError) {
        guard let verdict = Verdict(rawValue: verdict) else { throw .corrupt("\(verdict) is no verdict") }
        self.verdict = verdict
        score = try row.real(column)
        maximumScore = try row.real(column + 1)
        cpuTime = .nanoseconds(try row.integer(column + 2))
        wallTime = .nanoseconds(try row.integer(column + 3))
        peakMemory = Int(try row.integer(column + 4))
    }
}
