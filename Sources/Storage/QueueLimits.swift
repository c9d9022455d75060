/// How much may wait.
package struct QueueLimits: Sendable, Hashable {
    /// Submissions in the state `queued`.
    package var submissions: Int
    /// Bytes of their drafts as they are stored.
    package var bytes: Int

    package init(submissions: Int = 10_000, bytes: Int = 1 << 30) {
        self.submissions = submissions
        self.bytes = bytes
    }
}
