package import Core

/// Something changed. Told after it is durable; a hint to look, not the state itself.
package enum StoreEvent: Sendable, Hashable {
    /// There is something to claim.
    case queued
    case changed(SubmissionID, SubmissionStatus)
    /// More changed than was kept for this listener, or the connection that tells was down: look at everything that
    /// is waited for.
    case missed
}
