package import Core

package import struct Foundation.Date

/// The right to grade a submission for a while. It is lost when it is not renewed in time and another node claims the
/// submission; what is reported after that is refused.
package struct Lease: Sendable, Hashable {
    package let submission: Submission
    /// Which attempt this is, from 1. Attempts that were given back without being counted do not count.
    package let attempt: Int
    package let node: String
    /// On this machine's clock, to plan the renewal by. The decision is the database's.
    package let expiresAt: Date
    /// The row.
    let key: Int64
    /// Drawn anew for every claim: only the latest holder's writes are taken.
    let fence: Int64
}

/// What a node has free, and for how long it wants what it claims.
package struct ClaimOffer: Sendable, Hashable {
    /// The node's name: unique among the nodes that share the database.
    package var node: String
    package var free: ResourceDemand
    package var leaseDuration: Duration
    /// Submissions that have failed this often are left to `expireLostAttempts`.
    package var maximumAttempts: Int
    /// All that the node has, free or not. When it is given, a submission whose turn it is and that would fit into
    /// that does not wait for ever while smaller ones pass: after `reserveAfter` the node claims nothing else until
    /// enough is free.
    package var capacity: ResourceDemand?
    package var reserveAfter: Duration
    /// Submissions of one user in one course, and of one course, that run at the same time on all nodes together;
    /// `nil` sets no bound.
    package var runningPerUser: Int?
    package var runningPerCourse: Int?
    /// How large a part of the claims goes, while more urgent ones wait, to what has waited for longer than its class
    /// should (`PriorityClass.patience`).
    package var agedShare: Double

    package init(
        node: String, free: ResourceDemand, leaseDuration: Duration,
        maximumAttempts: Int = ClaimOffer.defaultMaximumAttempts, capacity: ResourceDemand? = nil,
        reserveAfter: Duration = .seconds(60), runningPerUser: Int? = nil, runningPerCourse: Int? = nil,
        agedShare: Double = 0.1
    ) {
        self.node = node
        self.free = free
        self.leaseDuration = leaseDuration
        self.maximumAttempts = maximumAttempts
        self.capacity = capacity
        self.reserveAfter = reserveAfter
        self.runningPerUser = runningPerUser
        self.runningPerCourse = runningPerCourse
        self.agedShare = agedShare
    }

    /// A job that kills its worker this many times is not tried again.
    package static let defaultMaximumAttempts = 3
}

/// What became of a lease.
package enum LeaseStatus: Sendable, Hashable {
    case held
    /// Held, but the submission should be stopped and `finishCancelled` be called.
    case cancellationAsked
    /// Somebody else has the submission, or it is final: stop, and report nothing.
    case lost
}

/// What became of asking for a submission to be cancelled.
package enum CancelResult: Sendable, Hashable {
    /// It waited, and is cancelled now.
    case cancelled(Submission)
    /// It runs; its node is told at the next renewal.
    case asked(Submission)
    case alreadyFinal(Submission)
    case notFound
}
