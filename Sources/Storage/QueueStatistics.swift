package import Core

package import struct Foundation.Date

/// How full the queue is.
package struct QueueStatistics: Sendable, Hashable {
    /// Submissions kept, by status.
    package let submissions: [SubmissionStatus: Int]
    /// Those that wait, by class.
    package let queuedByClass: [PriorityClass: Int]
    /// Bytes of the drafts that wait, as they are stored.
    package let queuedBytes: Int
    /// When the longest waiting submission was made.
    package let oldestQueued: Date?

    package subscript(status: SubmissionStatus) -> Int { submissions[status] ?? 0 }
}
