package import Core
package import Storage

/// What an operator allows.
package struct SubmissionPolicy: Sendable {
    /// The most that a submission or a task may ask for.
    package var ceiling: Limits
    /// How many submissions, and bytes of them, may wait.
    package var queue: QueueLimits
    /// The largest demand that any node can meet.
    package var capacity: ResourceDemand
    /// The most test cases of an inline task.
    package var testCases: Int
    /// The most bytes that the files of a submission may have together.
    package var sourceBytes: Int
    /// Who may say what a submission runs in.
    package var sandboxChooser: SandboxChooser
    package var images: ImagePolicy
    package var egress: EgressPolicy

    package static let defaultTestCases = 1000
    package static let defaultSourceBytes = 16 << 20

    package init(
        ceiling: Limits = .ceiling, queue: QueueLimits = QueueLimits(), capacity: ResourceDemand,
        testCases: Int = SubmissionPolicy.defaultTestCases, sourceBytes: Int = SubmissionPolicy.defaultSourceBytes,
        images: ImagePolicy = ImagePolicy(), sandboxChooser: SandboxChooser = .teachers,
        egress: EgressPolicy = EgressPolicy()
    ) {
        self.ceiling = ceiling
        self.queue = queue
        self.capacity = capacity
        self.testCases = testCases
        self.sourceBytes = sourceBytes
        self.sandboxChooser = sandboxChooser
        self.images = images
        self.egress = egress
    }
}
