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
    /// Any of these courses; empty finds nothing.
    package var courses: Set<String>?
    package var user: String?
    package var priority: PriorityClass?
    /// Found, whatever the case, in the id, the user, the course or the task, or equal to a value of the metadata.
    package var search: String?
    /// The id of the token that it was handed in with.
    package var token: String?
    /// Inclusive.
    package var createdAfter: Date?
    /// Exclusive.
    package var createdBefore: Date?

    package init(
        status: SubmissionStatus? = nil, verdict: Verdict? = nil, language: String? = nil, task: String? = nil,
        metadata: [String: String] = [:], courses: Set<String>? = nil, user: String? = nil, token: String? = nil,
        priority: PriorityClass? = nil, search: String? = nil,
        createdAfter: Date? = nil, createdBefore: Date? = nil
    ) {
        self.status = status
        self.verdict = verdict
        self.language = language
        self.task = task
        self.metadata = metadata
        self.courses = courses
        self.user = user
        self.token = token
        self.priority = priority
        self.search = search
        self.createdAfter = createdAfter
        self.createdBefore = createdBefore
    }
}
