package import Core

package import struct Foundation.Date

/// A submission in a list: everything but its files and its tests' results.
package struct SubmissionSummary: Sendable, Hashable {
    package let id: SubmissionID
    package let language: String
    /// The task's name when it is one of the catalog.
    package let task: String?
    package let course: String?
    package let user: String?
    package let priority: PriorityClass
    package let status: SubmissionStatus
    package let createdAt: Date
    /// When the latest attempt began.
    package let startedAt: Date?
    package let finishedAt: Date?
    package let metadata: [String: String]
    /// Present when `status` is `finished`.
    package let result: ReportSummary?
}

/// The figures of a report.
package struct ReportSummary: Sendable, Hashable {
    package let verdict: Verdict
    package let score: Double
    package let maximumScore: Double
    package let cpuTime: Duration
    package let wallTime: Duration
    /// Bytes.
    package let peakMemory: Int
}
