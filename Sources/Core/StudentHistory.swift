package import struct Foundation.Date

/// What became of a student's earlier submissions for the same task, for graders whose format tells them.
package struct StudentHistory: Sendable, Hashable {
    /// How many have ended with a report.
    package var count: Int
    /// What the latest grader that left something left for the next one.
    package var state: String
    /// The latest of them, oldest first.
    package var attempts: [Attempt]
    /// The random numbers of a submission that is replayed; `nil` leaves them to the grader.
    package var numbers: [Double]?

    package struct Attempt: Sendable, Hashable {
        package var submittedAt: Date
        package var score: Double
        /// Whether it was the grading that failed.
        package var isInternalError: Bool
        /// The grader's own result, as JSON, where it was kept.
        package var result: String?

        package init(submittedAt: Date, score: Double, isInternalError: Bool, result: String? = nil) {
            self.submittedAt = submittedAt
            self.score = score
            self.isInternalError = isInternalError
            self.result = result
        }
    }

    package init(count: Int = 0, state: String = "", attempts: [Attempt] = []) {
        self.count = count
        self.state = state
        self.attempts = attempts
    }
}
