import COpenSSL
import Core
import Foundation

/// What v1 sends to a webhook: the submission as its reader sees it, signed as standardwebhooks.com describes, so that
/// the receiver knows who sent it, and when.
package struct V1Webhooks: Sendable {
    private let key: [UInt8]
    let access: Access
    let policy: WebhookPolicy

    /// Bytes that a secret must have at least.
    package static let shortestSecret = 16
    private static let encodedPrefix = "whsec_"

    /// `nil` when `secret` is too short. What begins with `whsec_` is base 64; everything else is taken as it is.
    package init?(secret: String, access: Access, policy: WebhookPolicy) {
        if secret.hasPrefix(Self.encodedPrefix) {
            guard let bytes = Data(base64Encoded: String(secret.dropFirst(Self.encodedPrefix.count))) else {
                return nil
            }
            key = Array(bytes)
        } else {
            key = Array(secret.utf8)
        }
        guard key.count >= Self.shortestSecret else { return nil }
        self.access = access
        self.policy = policy
    }

    func message(of submission: Submission, at date: Date = Date()) async -> WebhookMessage {
        let reader = await access.principal(withID: submission.draft.owner.token)
        let event = WebhookEventWire(
            submission: SubmissionWire(submission: submission, for: reader), timestamp: timestamp(date))
        let body = JSON.encode(event)
        let (id, seconds) = ("\(submission.id)", "\(Int(date.timeIntervalSince1970))")
        return WebhookMessage(
            method: "POST", body: body,
            headers: [
                ("Webhook-Id", id), ("Webhook-Timestamp", seconds),
                ("Webhook-Signature", "v1," + signature(of: Array("\(id).\(seconds).".utf8) + body)),
            ], policy: policy)
    }

    /// HMAC-SHA256 in base 64.
    private func signature(of content: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        HMAC(EVP_sha256(), key, Int32(key.count), content, content.count, &digest, &length)
        return Data(digest.prefix(Int(length))).base64EncodedString()
    }
}

/// The body of a webhook's request.
struct WebhookEventWire: Sendable, Encodable {
    let submission: SubmissionWire
    let timestamp: String

    private enum CodingKeys: String, CodingKey {
        case type, timestamp, data
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode("submission.\(submission.submission.state.status.rawValue)", forKey: .type)
        try container.encode(timestamp, forKey: .timestamp)
        try container.encode(submission, forKey: .data)
    }
}
