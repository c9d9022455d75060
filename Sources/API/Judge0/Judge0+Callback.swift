import Core

extension Judge0 {
    /// As Judge0 does it: every answer but 2xx is tried again.
    var callbackPolicy: WebhookPolicy {
        var policy = WebhookPolicy()
        policy.attempts = bounds.callbackTries
        policy.firstPause = .seconds(1)
        policy.timeout = .seconds(bounds.callbackTimeout)
        policy.allowsPrivate = configuration.allowsPrivateCallbacks
        policy.retriesRefusals = true
        return policy
    }

    /// What the client is told at the address that it named.
    func callback(of submission: Submission) -> WebhookMessage? {
        guard let shown = try? shown(submission, Judge0Field.usual, base64: true) else { return nil }
        return WebhookMessage(method: "PUT", body: JSON.encode(shown), policy: callbackPolicy)
    }
}
