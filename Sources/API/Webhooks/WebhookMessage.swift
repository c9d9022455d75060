/// What is sent to a webhook, and how insistently.
struct WebhookMessage: Sendable {
    var method: String
    var body: [UInt8]
    var headers: [(name: String, value: String)] = []
    var policy: WebhookPolicy
}

/// How insistently a webhook is told.
package struct WebhookPolicy: Sendable, Hashable {
    /// After this many the delivery is given up.
    package var attempts = 8
    /// Before the second attempt; it doubles with each.
    package var firstPause = Duration.seconds(10)
    package var longestPause = Duration.seconds(3600)
    /// For each attempt, from the connection to the answer.
    package var timeout = Duration.seconds(10)
    /// Whether it may go to addresses that are not public: this machine's and its networks'.
    package var allowsPrivate = false
    /// Whether answers that are final by HTTP's rules (redirects, most of 4xx) are tried again too.
    package var retriesRefusals = false

    package init() {}

    /// What to do after attempt `attempt`, from 1, was answered with `status`.
    func next(after attempt: Int, status: Int) -> Next {
        if (200...299).contains(status) { return .delivered }
        let isPassing = (500...599).contains(status) || [408, 425, 429].contains(status)
        return isPassing || retriesRefusals ? next(after: attempt) : .giveUp
    }

    /// What to do after attempt `attempt` got no answer.
    func next(after attempt: Int, failure: OutboundRequest.Failure) -> Next {
        failure == .forbiddenAddress ? .giveUp : next(after: attempt)
    }

    private func next(after attempt: Int) -> Next {
        guard attempt < attempts else { return .giveUp }
        let pause = firstPause * (1 << min(attempt - 1, 30))
        return .tryAgain(min(pause, longestPause))
    }

    enum Next: Sendable, Hashable {
        case delivered
        case tryAgain(Duration)
        case giveUp
    }
}
