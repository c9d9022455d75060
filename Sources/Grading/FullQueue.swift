import Synchronization

/// Remembers for a moment that the queue is full: what arrives then is refused without reading it or asking the store,
/// so that refusing costs little when there is much to refuse.
final class FullQueue: Sendable {
    /// How long it is taken for granted. Short: room may come with the next report.
    static let memory = Duration.milliseconds(100)

    private let state = Mutex<(until: ContinuousClock.Instant, error: SubmissionError)?>(nil)

    /// The refusal that holds now.
    var refusal: SubmissionError? {
        state.withLock { state in
            guard let known = state, known.until > .now else { return nil }
            return known.error
        }
    }

    func remember(_ error: SubmissionError) { state.withLock { $0 = (.now + Self.memory, error) } }
}
