package import Core

/// A URL that is to be told that a submission has ended.
package struct WebhookDelivery: Sendable, Hashable {
    package let submission: SubmissionID
    package let url: String
    /// From 1.
    package let attempt: Int
    /// Why the attempt before failed.
    package let lastError: String?
    let key: Int64
}
