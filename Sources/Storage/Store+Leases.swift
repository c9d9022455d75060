package import Core
package import Foundation

extension Store {
    /// Takes the submission whose turn it is (`Turn`) of those that fit into what is free and that wait or whose lease
    /// has run out, and counts the attempt. `nil` when there is none. What needs more than is free is passed over.
    package func claim(_ offer: ClaimOffer) async throws(StorageError) -> Lease? {
        while let claimed = try await claimRow(offer) {
            do throws(StorageError) {
                return try claimed.lease(node: offer.node)
            } catch .corrupt(let reason) {
                // It would fail so on every node: say so in its report, and take the next.
                let report = Report(verdict: .internalError, backend: "none", message: reason)
                _ = try await finish(key: claimed.row.key, fence: claimed.row.fence, with: report)
            }
        }
        return nil
    }

    /// How far the clocks of two connections may be apart.
    static let clockTolerance = Duration.seconds(10)

    /// Whether nobody holds the row: it waits, its lease has run out, or its lease ends later than it can have been
    /// given for, because the clock began anew.
    static func isAvailable(at now: Int64) -> SQL {
        "(available_at <= \(now) OR available_at - lease > \(now + Milliseconds.of(clockTolerance)))"
    }

    private struct Claimed: Sendable {
        let row: SubmissionRow
        let draft: [UInt8]
        let expiresAt: Date

        func lease(node: String) throws(StorageError) -> Lease {
            Lease(
                submission: try row.submission(draft: draft, report: nil), attempt: row.failures + 1, node: node,
                expiresAt: expiresAt, key: row.key, fence: row.fence)
        }
    }

    private func claimRow(_ offer: ClaimOffer) async throws(StorageError) -> Claimed? {
        let fence = Int64.random(in: 1 ... .max)
        return try await database.write(durable: .soon) { [database, clock] (connection) throws(StorageError) in
            let expiresAt = Date().addingTimeInterval(offer.leaseDuration / .seconds(1))
            if connection.isReplay,
                let (row, draft) = try SubmissionRow.withDraft(
                    where: "finished_at IS NULL AND fence = \(fence)", with: connection
                ).first
            {
                return Claimed(row: row, draft: draft, expiresAt: expiresAt)
            }
            let now = try clock.now(of: connection)
            let claim = Claim(
                offer: offer, fence: fence, now: now, connection: connection, dialect: database.dialect)
            guard let (row, draft) = try claim.take() else { return nil }
            if !row.tookOver { try Counters.move(bytes: row.bytes, from: .queued, to: .running, with: connection) }
            connection.announce(.changed(row.id, .running))
            return Claimed(row: row, draft: draft, expiresAt: expiresAt)
        }
    }

    /// Keeps the lease for `duration` from now, also one that has run out, as long as nobody else has claimed it.
    package func renew(_ lease: Lease, for duration: Duration) async throws(StorageError) -> LeaseStatus {
        let milliseconds = Milliseconds.of(duration)
        return try await database.write(durable: .soon) { [clock] (connection) throws(StorageError) in
            let rows = try connection.run(
                """
                UPDATE submissions SET available_at = \(try clock.now(of: connection) + milliseconds),
                    lease = \(milliseconds)
                WHERE key = \(lease.key) AND fence = \(lease.fence) AND status = 'running'
                RETURNING cancellation_asked
                """)
            guard let row = rows.first else { return .lost }
            return try row.integer(0) == 0 ? .held : .cancellationAsked
        }
    }

    /// Records the report. `false` when the lease is lost or the submission final: then nothing was changed.
    package func finish(_ lease: Lease, with report: Report) async throws(StorageError) -> Bool {
        try await finish(key: lease.key, fence: lease.fence, with: report)
    }

    private func finish(key: Int64, fence: Int64, with report: Report) async throws(StorageError) -> Bool {
        let body = try Stored.encode(report)
        return try await database.write { (connection) throws(StorageError) in
            let mine: SQL = "key = \(key) AND fence = \(fence)"
            let wasHeld = try Finish.finish(
                where: "\(mine) AND status = 'running'", from: .running, report, body, with: connection)
            return wasHeld ? true : try Finish.isReplay(leading: mine, to: .finished, with: connection)
        }
    }

    /// Records that grading was stopped. `false` as for `finish`.
    package func finishCancelled(_ lease: Lease) async throws(StorageError) -> Bool {
        try await database.write { (connection) throws(StorageError) in
            let mine: SQL = "key = \(lease.key) AND fence = \(lease.fence)"
            let row = try Finish.cancel(where: "\(mine) AND status = 'running'", from: .running, with: connection)
            return row != nil ? true : try Finish.isReplay(leading: mine, to: .cancelled, with: connection)
        }
    }

    /// Puts the submission back at its place in the queue. With `countsAttempt` the attempt counts as a failed one;
    /// without (a node that is being stopped), it was none. If cancellation was asked, it is cancelled instead.
    /// `false` as for `finish`.
    package func release(_ lease: Lease, countsAttempt: Bool) async throws(StorageError) -> Bool {
        try await database.write { (connection) throws(StorageError) in
            let mine: SQL = "key = \(lease.key) AND fence = \(lease.fence)"
            let count = try Finish.requeue(
                where: "\(mine) AND status = 'running'", countsAttempt: countsAttempt, with: connection)
            return count > 0 ? true : try Finish.isReplay(leading: mine, to: .queued, with: connection)
        }
    }

    /// Puts back what `node` was grading before it died; each attempt counts as failed. Called by a node that starts,
    /// so that nothing waits for the leases of its previous life to run out. Gives back how many there were.
    @discardableResult
    package func releaseAll(of node: String) async throws(StorageError) -> Int {
        try await database.write { (connection) throws(StorageError) in
            let condition: SQL = "finished_at IS NULL AND status = 'running' AND node = \(node)"
            return try Finish.requeue(where: condition, countsAttempt: true, with: connection)
        }
    }

    /// Ends what cannot be claimed any more: submissions that failed `maximum` times, with what `report` makes of
    /// them and of how often they failed, and those whose node died after cancellation was asked. Gives back which.
    @discardableResult
    package func expireLostAttempts(
        maximum: Int = ClaimOffer.defaultMaximumAttempts, report: @escaping @Sendable (Submission, Int) -> Report
    ) async throws(StorageError) -> [SubmissionID] {
        try await database.write { [clock] (connection) throws(StorageError) in
            let now = try clock.now(of: connection)
            try Turn.forgetIdle(with: connection)
            let found = try SubmissionRow.withDraft(
                where: """
                    finished_at IS NULL AND \(Self.isAvailable(at: now))
                    AND (cancellation_asked = 1
                        OR failures + CASE status WHEN 'running' THEN 1 ELSE 0 END >= \(maximum))
                    """, with: connection)
            var ended: [SubmissionID] = []
            for (row, draft) in found {
                let condition: SQL = """
                    key = \(row.key) AND fence = \(row.fence) AND status = \(row.status.rawValue)
                    """
                if row.isCancellationAsked {
                    guard try Finish.cancel(where: condition, from: row.status, with: connection) != nil else {
                        continue
                    }
                } else {
                    let failures = row.failures + (row.status == .running ? 1 : 0)
                    let report = Self.report(for: row, draft, failures, report)
                    let body = try Stored.encode(report)
                    guard try Finish.finish(where: condition, from: row.status, report, body, with: connection) else {
                        continue
                    }
                }
                ended.append(row.id)
            }
            return ended
        }
    }

    private static func report(
        for row: SubmissionRow, _ draft: [UInt8], _ failures: Int, _ report: (Submission, Int) -> Report
    ) -> Report {
        do throws(StorageError) {
            return report(try row.submission(draft: draft, report: nil), failures)
        } catch {
            return Report(verdict: .internalError, backend: "none", message: "\(error)")
        }
    }

    /// When the first of the leases that are held runs out, on this machine's clock; `nil` when none is held.
    package func nextLeaseExpiry() async throws(StorageError) -> Date? {
        try await database.read { [clock] (connection) throws(StorageError) in
            let rows = try connection.run(
                """
                SELECT available_at FROM submissions WHERE finished_at IS NULL AND status = 'running'
                ORDER BY available_at LIMIT 1
                """)
            guard let row = rows.first else { return nil }
            let left = try row.integer(0) - clock.now(of: connection)
            return Date().addingTimeInterval(Double(left) / 1000)
        }
    }
}
