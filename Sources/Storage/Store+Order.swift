package import Core

/// A submission that waits, at its place.
package struct QueuedEntry: Sendable, Hashable {
    package let id: SubmissionID
    package let language: String
    package let task: String?
    package let priority: PriorityClass
    package let demand: ResourceDemand

    package init(
        id: SubmissionID, language: String, task: String?, priority: PriorityClass, demand: ResourceDemand
    ) {
        self.id = id
        self.language = language
        self.task = task
        self.priority = priority
        self.demand = demand
    }
}

extension Store {
    /// The most entries that `queueOrder` gives.
    package static let maximumOrder = 10_000

    /// What waits, in the order in which it would be claimed if nothing more came and everything fitted. It reads the
    /// whole queue: for a place in it, ask once a second and not for every client.
    package func queueOrder() async throws(StorageError) -> [QueuedEntry] {
        let (rows, shares) = try await database.read { (connection) throws(StorageError) in
            let rows = try connection.run(
                """
                SELECT id, language, task, class, cpus, memory, course FROM submissions
                WHERE finished_at IS NULL AND status = 'queued' ORDER BY class, course, rank, key
                LIMIT \(Self.maximumOrder)
                """)
            let shares = try connection.run(
                """
                SELECT class, shares.course, pass, coalesce(weight, 1)
                FROM shares LEFT JOIN courses ON courses.course = shares.course
                """)
            return (rows, shares)
        }
        var lanes: [Lane] = []
        for row in rows {
            let (level, course) = (try row.integer(3), try row.text(6))
            if lanes.last?.level != level || lanes.last?.course != course {
                lanes.append(Lane(level: level, course: course))
            }
            let name = try row.text(0)
            guard let id = SubmissionID(name) else { throw .corrupt("\(name) is no submission's id") }
            lanes[lanes.count - 1].entries.append(
                QueuedEntry(
                    id: id, language: try row.text(1), task: try row.optionalText(2),
                    priority: try PriorityClass(stored: level, of: name),
                    demand: ResourceDemand(cpus: Int(try row.integer(4)), memory: Int(try row.integer(5)))))
        }
        for share in shares {
            let (level, course) = (try share.integer(0), try share.text(1))
            guard let index = lanes.firstIndex(where: { $0.level == level && $0.course == course }) else { continue }
            lanes[index].pass = try share.integer(2)
            lanes[index].step = Turn.stride / max(1, try share.integer(3))
        }
        return Lane.merge(lanes)
    }
}

/// What one course has waiting in one class.
private struct Lane {
    let level: Int64
    let course: String
    var entries: [QueuedEntry] = []
    var pass: Int64 = 0
    var step = Turn.stride
    var taken = 0

    init(level: Int64, course: String) {
        self.level = level
        self.course = course
    }

    /// Takes turns as `Turn` does.
    static func merge(_ lanes: [Lane]) -> [QueuedEntry] {
        var (lanes, order) = (lanes, [QueuedEntry]())
        while let next = lanes.indices.min(by: {
            (lanes[$0].level, lanes[$0].pass, lanes[$0].course) < (lanes[$1].level, lanes[$1].pass, lanes[$1].course)
        }) {
            order.append(lanes[next].entries[lanes[next].taken])
            lanes[next].taken += 1
            lanes[next].pass += lanes[next].step
            if lanes[next].taken == lanes[next].entries.count { lanes.remove(at: next) }
        }
        return order
    }
}
