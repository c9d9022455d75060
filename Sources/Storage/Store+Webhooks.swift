package import Core
package import Foundation

extension Store {
    /// Up to `count` deliveries that are due, longest due first. Nobody else gets them for `duration`; what was neither
    /// `delivered` nor `failed` by then is due again.
    package func claimDeliveries(_ count: Int, for duration: Duration) async throws(StorageError) -> [WebhookDelivery] {
        try await database.write { [database] (connection) throws(StorageError) in
            let now = Milliseconds.now
            let rows = try connection.run(
                """
                WITH next AS MATERIALIZED (
                    SELECT key FROM webhooks WHERE state = 'due' AND due_at <= \(now)
                    ORDER BY due_at LIMIT \(count) \(raw: database.dialect.skipLocked))
                UPDATE webhooks SET attempts = attempts + 1, due_at = \(now + Milliseconds.of(duration))
                WHERE key IN (SELECT key FROM next)
                RETURNING key, (SELECT id FROM submissions WHERE key = webhooks.submission), url, attempts, last_error
                """)
            return try WebhookDelivery.list(rows)
        }
    }

    /// When the next delivery is due; `nil` when none is.
    package func nextDelivery() async throws(StorageError) -> Date? {
        try await database.read { (connection) throws(StorageError) in
            try connection.run("SELECT min(due_at) FROM webhooks WHERE state = 'due'")[0].optionalInteger(0)
                .map(Milliseconds.date)
        }
    }

    /// The receiver took it.
    package func delivered(_ delivery: WebhookDelivery) async throws(StorageError) {
        try await database.write { (connection) throws(StorageError) -> Void in
            try connection.run(
                "UPDATE webhooks SET state = 'delivered', last_error = NULL WHERE key = \(delivery.key)")
        }
    }

    /// It failed because of `reason`: try again at `date`, or never by itself (`nil`).
    package func failed(
        _ delivery: WebhookDelivery, because reason: String, tryAgainAt date: Date?
    ) async throws(StorageError) {
        let reason = reason.replacing("\0", with: "\u{FFFD}")
        try await database.write { (connection) throws(StorageError) -> Void in
            try connection.run(
                """
                UPDATE webhooks SET state = \(date == nil ? "dead" : "due"), last_error = \(reason),
                    due_at = \(date.map(Milliseconds.of) ?? 0)
                WHERE key = \(delivery.key) AND attempts = \(delivery.attempt) AND state = 'due'
                """)
        }
    }

    /// Deliveries that were given up, the newest first.
    package func deadDeliveries(limit: Int) async throws(StorageError) -> [WebhookDelivery] {
        try await database.read { (connection) throws(StorageError) in
            let rows = try connection.run(
                """
                SELECT key, (SELECT id FROM submissions WHERE key = webhooks.submission), url, attempts, last_error
                FROM webhooks WHERE state = 'dead' ORDER BY key DESC LIMIT \(limit)
                """)
            return try WebhookDelivery.list(rows)
        }
    }

    /// Makes the dead deliveries of a submission due once more; gives back how many.
    @discardableResult
    package func retryDeliveries(of id: SubmissionID) async throws(StorageError) -> Int {
        try await database.write { (connection) throws(StorageError) in
            let retried = try connection.run(
                """
                UPDATE webhooks SET state = 'due', attempts = 0, due_at = \(Milliseconds.now)
                WHERE state = 'dead' AND submission = (SELECT key FROM submissions WHERE id = \(id.string))
                RETURNING key
                """)
            let status = try connection.run("SELECT status FROM submissions WHERE id = \(id.string)").first?.text(0)
            // Wakes whoever delivers.
            if !retried.isEmpty, let status = status.flatMap(SubmissionStatus.init(rawValue:)) {
                connection.announce(.changed(id, status))
            }
            return retried.count
        }
    }
}

extension WebhookDelivery {
    fileprivate static func list(_ rows: [Row]) throws(StorageError) -> [WebhookDelivery] {
        var list: [WebhookDelivery] = []
        for row in rows {
            guard let id = SubmissionID(try row.text(1)) else { throw .corrupt("a webhook has no submission") }
            list.append(
                WebhookDelivery(
                    submission: id, url: try row.text(2), attempt: Int(try row.integer(3)),
                    lastError: try row.optionalText(4), key: try row.integer(0)))
        }
        return list
    }
}
