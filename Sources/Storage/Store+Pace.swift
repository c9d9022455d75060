package import Core
package import Foundation

/// What grading takes about equally long: programs in one language for one task.
package struct WorkKind: Sendable, Hashable {
    /// `nil` for all inline tasks together.
    package let task: String?
    package let language: String

    package init(task: String?, language: String) {
        self.task = task
        self.language = language
    }
}

/// How fast the queue drains, as measured over what ended last.
package struct QueuePace: Sendable, Hashable {
    /// Mean time from the start of an attempt to its report, and of how many that is the mean.
    package let durations: [WorkKind: Mean]
    /// What runs now.
    package let running: [Running]
    /// Submissions that ended within `Store.paceWindow`.
    package let endedLately: Int

    package init(durations: [WorkKind: Mean], running: [Running], endedLately: Int) {
        self.durations = durations
        self.running = running
        self.endedLately = endedLately
    }

    package struct Mean: Sendable, Hashable {
        package let duration: Duration
        package let count: Int

        package init(duration: Duration, count: Int) {
            self.duration = duration
            self.count = count
        }
    }

    package struct Running: Sendable, Hashable {
        package let id: SubmissionID
        package let kind: WorkKind
        package let cpus: Int
        package let since: Date

        package init(id: SubmissionID, kind: WorkKind, cpus: Int, since: Date) {
            self.id = id
            self.kind = kind
            self.cpus = cpus
            self.since = since
        }
    }
}

extension Store {
    /// The pace is measured over this many submissions that ended last.
    static let paceSample = 500
    /// How long "lately" is, in `QueuePace.endedLately`.
    package static let paceWindow = Duration.seconds(60)

    /// How fast the queue drains. Reads a few hundred rows: for clients, ask now and then, not for each of them.
    package func pace() async throws(StorageError) -> QueuePace {
        try await database.read { (connection) throws(StorageError) in
            var durations: [WorkKind: QueuePace.Mean] = [:]
            let means = try connection.run(
                """
                SELECT task, language, CAST(avg(finished_at - started_at) AS BIGINT), count(*) FROM (
                    SELECT task, language, finished_at, started_at FROM submissions
                    WHERE finished_at IS NOT NULL AND status = 'finished' AND started_at IS NOT NULL
                    ORDER BY finished_at DESC LIMIT \(Self.paceSample)) AS latest
                GROUP BY task, language
                """)
            for row in means {
                durations[WorkKind(task: try row.optionalText(0), language: try row.text(1))] = QueuePace.Mean(
                    duration: .milliseconds(max(0, try row.integer(2))), count: Int(try row.integer(3)))
            }
            var running: [QueuePace.Running] = []
            let rows = try connection.run(
                """
                SELECT id, task, language, cpus, coalesce(started_at, created_at) FROM submissions
                WHERE finished_at IS NULL AND status = 'running'
                """)
            for row in rows {
                let name = try row.text(0)
                guard let id = SubmissionID(name) else { throw .corrupt("\(name) is no submission's id") }
                running.append(
                    QueuePace.Running(
                        id: id, kind: WorkKind(task: try row.optionalText(1), language: try row.text(2)),
                        cpus: Int(try row.integer(3)), since: Milliseconds.date(try row.integer(4))))
            }
            let since = Milliseconds.now - Milliseconds.of(Self.paceWindow)
            let ended = try connection.run(
                """
                SELECT count(*) FROM (
                    SELECT 1 FROM submissions WHERE finished_at IS NOT NULL AND finished_at >= \(since)
                    ORDER BY finished_at DESC LIMIT \(Self.maximumOrder)) AS latest
                """)
            return QueuePace(durations: durations, running: running, endedLately: Int(try ended[0].integer(0)))
        }
    }

    /// The most ids that one call of `statuses` takes.
    package static let maximumStatuses = 500

    /// Where each of `ids` (at most `maximumStatuses`) stands; those that are not kept are left out.
    package func statuses(of ids: [SubmissionID]) async throws(StorageError) -> [SubmissionID: SubmissionStatus] {
        let names = ids.prefix(Self.maximumStatuses).map(\.string)
        let rows = try await database.read { (connection) throws(StorageError) in
            try connection.run("SELECT id, status FROM submissions WHERE id IN (\(names))")
        }
        var statuses: [SubmissionID: SubmissionStatus] = [:]
        for row in rows {
            let (name, state) = (try row.text(0), try row.text(1))
            guard let id = SubmissionID(name), let status = SubmissionStatus(rawValue: state) else {
                throw .corrupt("submission \(name) has the unknown status \(state)")
            }
            statuses[id] = status
        }
        return statuses
    }
}
