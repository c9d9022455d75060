package import Core

package import struct Foundation.Date

/// Which submissions to list: all that meet every condition that is set.
package struct SubmissionFilter: Sendable, Hashable {
    package var status: SubmissionStatus?
    package var verdict: Verdict?
    package var language: String?
    /// A task of the catalog.
    package var task: String?
    /// Entries that the submission's metadata must have.
    package var metadata: [String: String]
    /// Inclusive.
    package var createdAfter: Date?
    /// Exclusive.
    package var createdBefore: Date?

    package init(
        status: SubmissionStatus? = nil, verdict: Verdict? = nil, language: String? = nil, task: String? = nil,
        metadata: [String: String] = [:], createdAfter: Date? = nil, createdBefore: Date? = nil
    ) {
        self.status = status
        self.verdict = verdict
        self.language = language
        self.task = task
        self.metadata = metadata
        self.createdAfter = createdAfter
        self.createdBefore = createdBefore
    }
}
