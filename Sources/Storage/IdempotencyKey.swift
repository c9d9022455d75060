package import Core
package import Foundation

/// What a client names a request by, so that sending it again does nothing twice.
package struct IdempotencyKey: Sendable, Hashable {
    /// Whose key it is: keys of different scopes (tokens) are different keys.
    package let scope: String
    package let key: String
    /// A digest of the request: the same key for another one is an error.
    package let fingerprint: [UInt8]

    package init(scope: String, key: String, fingerprint: [UInt8]) {
        self.scope = scope
        self.key = key
        self.fingerprint = fingerprint
    }
}

/// What became of inserting.
package enum Insertion: Sendable, Hashable {
    case new
    /// The key was used before; these were kept then.
    case repeated([SubmissionID])
}

extension IdempotencyKey {
    /// Keeps the key for `ids`; if it was used before, gives back what it was used for then.
    func keep(
        _ ids: [SubmissionID], with connection: any Connection
    ) throws(StorageError) -> [SubmissionID]? {
        guard !scope.utf8.contains(0), !key.utf8.contains(0) else { throw .refused("a key has a NUL in it") }
        // Of two requests at the same moment the second waits here until the first is durable or undone.
        let inserted = try connection.run(
            """
            INSERT INTO idempotency (scope, key, fingerprint, submissions, created_at)
            VALUES (\(scope), \(key), \(fingerprint), \(ids.map(\.string).joined(separator: " ")), \(Milliseconds.now))
            ON CONFLICT (scope, key) DO NOTHING RETURNING created_at
            """)
        guard inserted.isEmpty else { return nil }
        let rows = try connection.run(
            "SELECT fingerprint, submissions FROM idempotency WHERE scope = \(scope) AND key = \(key)")
        guard let row = rows.first else { throw .unavailable("the key was forgotten at this moment") }
        guard try row.blob(0) == fingerprint else { throw .keyReused }
        return try row.text(1).split(separator: " ").compactMap { SubmissionID($0) }
    }
}

extension Store {
    /// Forgets keys that were used before `date`; gives back how many.
    @discardableResult
    package func forgetKeys(usedBefore date: Date) async throws(StorageError) -> Int {
        try await database.write { (connection) throws(StorageError) in
            try connection.run(
                "DELETE FROM idempotency WHERE created_at < \(Milliseconds.of(date)) RETURNING created_at"
            ).count
        }
    }
}
