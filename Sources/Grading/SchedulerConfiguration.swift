/// How a node claims and keeps work.
package struct SchedulerConfiguration: Sendable {
    /// This node's name in leases and reports.
    package var node: String
    /// How long a claim is valid without renewal. A node that is silent for longer loses its work to others.
    package var lease: Duration = .seconds(15)
    /// A claim is renewed this many times in the length of a lease.
    package var renewalsPerLease = 3
    /// From the claim to the first look at whether cancellation was asked meanwhile; short gradings never get there.
    package var firstLook: Duration = .milliseconds(250)
    /// After this many lost or failed attempts the verdict is internal-error.
    package var attempts = 3
    /// Pause after an attempt that the service itself failed, so that a broken sandbox is not hammered.
    package var pauseAfterFailure: Duration = .milliseconds(250)
    /// How often the queue is looked at without being woken: a wake-up may be lost on its way from another node.
    package var poll: Duration = .seconds(5)

    /// How long a submission that would fit into the whole node may be passed over by smaller ones before the node
    /// keeps itself empty for it.
    package var reserveAfter: Duration = .seconds(60)
    /// How many submissions of one user in one course, and of one course, run at the same time on all nodes together;
    /// `nil` sets no bound.
    package var runningPerUser: Int?
    package var runningPerCourse: Int?

    package init(node: String) { self.node = node }
}
