import Foundation
package import Logging
package import Storage

/// Forgets what is old: submissions that ended long ago, and idempotency keys.
package struct Housekeeping: Sendable {
    let store: Store
    let logger: Logger
    /// How long a submission is kept after its end; `nil` is for ever.
    package var retention: Duration?
    /// How long an idempotency key is remembered.
    package var keyRetention = Duration.seconds(86_400)
    /// Between two looks.
    package var interval = Duration.seconds(60)
    /// Submissions deleted in one transaction; others write between two.
    static let batch = 200

    package init(store: Store, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Works until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            do { try await tidy() } catch {
                logger.error("cannot forget what is old", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: interval)
        }
    }

    /// One look.
    package func tidy() async throws(StorageError) {
        try await store.forgetKeys(usedBefore: Date() - keyRetention.inSeconds)
        guard let retention else { return }
        var total = 0
        while !Task.isCancelled {
            let count = try await store.purge(endedBefore: Date() - retention.inSeconds, limit: Self.batch)
            total += count
            if count < Self.batch { break }
        }
        if total > 0 { logger.info("forgot old submissions", metadata: ["submissions": "\(total)"]) }
    }
}
