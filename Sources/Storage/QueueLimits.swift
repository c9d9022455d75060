/// How much may wait.
package struct QueueLimits: Sendable, Hashable {
    /// Submissions in the state `queued`.
    package var submissions: Int
    /// Bytes of their drafts as they are stored.
    package var bytes: Int
    /// Submissions of one user in one course; `nil` sets no bound. Submissions that name no user are not bound.
    package var perUser: Int?
    /// Submissions of one course; `nil` sets no bound. Submissions of no course are not bound.
    package var perCourse: Int?

    package init(submissions: Int = 10_000, bytes: Int = 1 << 30, perUser: Int? = nil, perCourse: Int? = nil) {
        self.submissions = submissions
        self.bytes = bytes
        self.perUser = perUser
        self.perCourse = perCourse
    }
}
