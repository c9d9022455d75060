import Core

/// One look for something to claim.
struct Claim {
    let offer: ClaimOffer
    let fence: Int64
    /// On the connection's clock.
    let now: Int64
    let connection: any Connection
    let dialect: Dialect

    typealias Taken = (row: SubmissionRow, draft: [UInt8])

    /// The row that is claimed now, with its draft; `nil` when there is none for this node.
    func take() throws(StorageError) -> Taken? {
        let preferred = try agedClass()
        let claimable: SQL = "\(self.claimable) AND \(try withinLimits())"
        let fitting: SQL = "\(claimable) AND \(Self.fits(offer.free))"
        if let capacity = offer.capacity, capacity != offer.free {
            let condition: SQL = "\(claimable) AND \(Self.fits(capacity))"
            // What does not even fit into all of it does not fit into what is free.
            guard let head = try head(where: condition, preferring: preferred) else { return nil }
            if head.demand.cpus > offer.free.cpus || head.demand.memory > offer.free.memory {
                if try isHeld(for: head) { return nil }
            } else if let taken = try take(
                where: "\(fitting) AND s.key = \(head.key)", level: head.level, course: head.course)
            {
                return taken
            }
        }
        for (level, course) in try Turn.courses(where: fitting, preferring: preferred, with: connection) {
            // Another node may hold all that this course has: then it is the next one's turn.
            if let taken = try take(where: fitting, level: level, course: course) { return taken }
        }
        return nil
    }

    private func take(where condition: SQL, level: Int64, course: String) throws(StorageError) -> Taken? {
        let duration = Milliseconds.of(offer.leaseDuration)
        let claimed = try connection.run(
            """
            UPDATE submissions SET
                failures = failures + CASE status WHEN 'running' THEN 1 ELSE 0 END,
                took_over = CASE status WHEN 'running' THEN 1 ELSE 0 END,
                status = 'running', node = \(offer.node), fence = \(fence), started_at = \(Milliseconds.now),
                available_at = \(now + duration), lease = \(duration), passed_over_at = 0, reserved_by = NULL
            WHERE key = (
                SELECT key FROM submissions AS s WHERE s.class = \(level) AND s.course = \(course) AND \(condition)
                ORDER BY rank, key LIMIT 1 \(raw: dialect.skipLocked))
            RETURNING \(raw: SubmissionRow.columns),
                (SELECT body FROM drafts WHERE drafts.submission = submissions.key)
            """)
        guard let claimed = claimed.first else { return nil }
        let row = try SubmissionRow(claimed)
        guard let draft = try claimed.optionalBlob(SubmissionRow.width) else {
            throw .corrupt("submission \(row.id) has no draft")
        }
        try Turn.take(level: level, course: course, with: connection)
        return (row, draft)
    }

    /// What nobody holds and may still be tried.
    private var claimable: SQL {
        """
        s.finished_at IS NULL AND s.cancellation_asked = 0 AND \(Store.isAvailable(at: now))
        AND failures + CASE status WHEN 'running' THEN 1 ELSE 0 END < \(offer.maximumAttempts)
        """
    }

    private static func fits(_ room: ResourceDemand) -> SQL { "cpus <= \(room.cpus) AND memory <= \(room.memory)" }

    /// Leaves out users and courses that have as many running as they may.
    private func withinLimits() throws(StorageError) -> SQL {
        var condition: SQL = "1 = 1"
        let running: SQL = "SELECT course, account FROM submissions WHERE finished_at IS NULL AND status = 'running'"
        if let limit = offer.runningPerUser {
            for row in try connection.run("\(running) GROUP BY course, account HAVING count(*) >= \(limit)") {
                let (course, account) = (try row.text(0), try row.text(1))
                guard !account.isEmpty else { continue }
                condition = "\(condition) AND NOT (s.course = \(course) AND s.account = \(account))"
            }
        }
        if let limit = offer.runningPerCourse {
            let full = try connection.run(
                """
                SELECT course FROM submissions WHERE finished_at IS NULL AND status = 'running' AND course <> ''
                GROUP BY course HAVING count(*) >= \(limit)
                """)
            for row in full { condition = "\(condition) AND s.course <> \(try row.text(0))" }
        }
        return condition
    }

    /// Now and then, the class of what has waited longest, if that is too long.
    private func agedClass() throws(StorageError) -> Int? {
        guard Double.random(in: 0..<1) < offer.agedShare else { return nil }
        let oldest = try connection.run(
            """
            SELECT class, created_at, id FROM submissions WHERE finished_at IS NULL AND status = 'queued'
            ORDER BY created_at LIMIT 1
            """)
        guard let row = oldest.first else { return nil }
        let priority = try PriorityClass(stored: row.integer(0), of: row.text(2))
        let waited = Milliseconds.now - (try row.integer(1))
        return waited > Milliseconds.of(priority.patience) ? priority.stored : nil
    }

    /// The submission whose turn it is.
    private struct Head {
        let key: Int64
        let level: Int64
        let course: String
        let demand: ResourceDemand
        /// When it was first passed over for want of room, on the store's clock; 0 if it was not.
        let passedOverAt: Int64
    }

    private func head(where condition: SQL, preferring preferred: Int?) throws(StorageError) -> Head? {
        guard let (level, course) = try Turn.courses(where: condition, preferring: preferred, with: connection).first
        else { return nil }
        let heads = try connection.run(
            """
            SELECT key, cpus, memory, passed_over_at FROM submissions AS s
            WHERE s.class = \(level) AND s.course = \(course) AND \(condition) ORDER BY rank, key LIMIT 1
            """)
        guard let head = heads.first else { return nil }
        return Head(
            key: try head.integer(0), level: level, course: course,
            demand: ResourceDemand(cpus: Int(try head.integer(1)), memory: Int(try head.integer(2))),
            passedOverAt: try head.integer(3))
    }

    /// Whether the node must stay as empty as it is for `head`, which would fit into all of it, because it has been
    /// passed over for long enough. One node at a time does that for it.
    private func isHeld(for head: Head) throws(StorageError) -> Bool {
        let since = head.passedOverAt
        // A time that has not come yet is from before the clock began anew.
        guard since > 0, since <= now else {
            try connection.run("UPDATE submissions SET passed_over_at = \(now) WHERE key = \(head.key)")
            return false
        }
        guard now - since >= Milliseconds.of(offer.reserveAfter) else { return false }
        let until = now + Milliseconds.of(offer.leaseDuration)
        return try !connection.run(
            """
            UPDATE submissions SET reserved_by = \(offer.node), reserved_until = \(until)
            WHERE key = \(head.key) AND available_at <= \(now) AND (
                reserved_by IS NULL OR reserved_by = \(offer.node) OR reserved_until <= \(now))
            RETURNING key
            """
        ).isEmpty
    }
}
