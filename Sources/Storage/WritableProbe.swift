import Synchronization

/// Remembers the last answer for a while: health checks come from outside and must not become a load on the disk.
final class WritableProbe: Sendable {
    /// How long an answer is good for.
    static let interval = Duration.seconds(1)

    private let last = Mutex<(at: ContinuousClock.Instant, answer: StorageError?)?>(nil)

    func answer(_ ask: () async -> StorageError?) async -> StorageError? {
        if let last = last.withLock({ $0 }), last.at.duration(to: .now) < Self.interval { return last.answer }
        let answer = await ask()
        last.withLock { $0 = (.now, answer) }
        return answer
    }
}
