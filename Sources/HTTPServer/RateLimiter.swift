import Synchronization

/// A token bucket for each key, in a table of bounded size.
package final class RateLimiter: Sendable {
    package struct Configuration: Sendable, Hashable {
        /// Requests that may come at once.
        package var burst: Int
        /// Requests per second in the long run.
        package var perSecond: Double
        /// Keys that are told apart at one time. What comes on top of them shares one bucket: forgetting a key instead
        /// would give whoever has many addresses a fresh bucket for each visit.
        package var maximumKeys: Int

        package init(burst: Int, perSecond: Double, maximumKeys: Int = 16_384) {
            self.burst = max(1, burst)
            self.perSecond = max(perSecond, 1e-6)
            self.maximumKeys = max(1, maximumKeys)
        }
    }

    /// What became of a request, as its `RateLimit` fields tell it.
    package struct Decision: Sendable, Hashable {
        package let isAllowed: Bool
        package let limit: Int
        package let remaining: Int
        /// Until the bucket is full again.
        package let reset: Duration
        /// Until the same request would be allowed; zero if it is.
        package let retryAfter: Duration
    }

    /// Tokens as they were at a time; they grow since then.
    private struct Bucket {
        var tokens: Double
        var time: Instant
    }

    private struct State {
        var buckets: [String: Bucket] = [:]
        var shared: Bucket?
        /// When it is worth looking for full buckets again.
        var nextSweep = Instant(nanoseconds: 0)
    }

    private let configuration: Configuration
    private let state = Mutex(State())

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// Takes `cost` tokens of `key`, if they are there.
    package func take(_ key: String, cost: Int = 1) -> Decision { take(key, cost: cost, at: .now) }

    func take(_ key: String, cost: Int = 1, at now: Instant) -> Decision {
        state.withLock { state in
            if state.buckets[key] == nil { makeRoom(&state, now) }
            if state.buckets[key] != nil || state.buckets.count < configuration.maximumKeys {
                return take(cost, from: &state.buckets[key], at: now)
            }
            return take(cost, from: &state.shared, at: now)
        }
    }

    /// Keys that are told apart now.
    var keyCount: Int { state.withLock { $0.buckets.count } }

    private func take(_ cost: Int, from bucket: inout Bucket?, at now: Instant) -> Decision {
        var tokens = bucket.map { self.tokens($0, now) } ?? Double(configuration.burst)
        let missing = Double(cost) - tokens
        if missing <= 0 { tokens -= Double(cost) }
        bucket = Bucket(tokens: tokens, time: now)
        return Decision(
            isAllowed: missing <= 0, limit: configuration.burst, remaining: Int(tokens),
            reset: .seconds((Double(configuration.burst) - tokens) / configuration.perSecond),
            retryAfter: missing <= 0 ? .zero : .seconds(missing / configuration.perSecond))
    }

    private func tokens(_ bucket: Bucket, _ now: Instant) -> Double {
        let seconds = Double(now.since(bucket.time).wholeNanoseconds) / 1e9
        return min(Double(configuration.burst), bucket.tokens + seconds * configuration.perSecond)
    }

    /// Forgets full buckets when the table is: they are as good as none.
    private func makeRoom(_ state: inout State, _ now: Instant) {
        guard state.buckets.count >= configuration.maximumKeys, state.nextSweep <= now else { return }
        let full = Double(configuration.burst)
        state.buckets = state.buckets.filter { tokens($0.value, now) < full }
        // A table of busy keys is looked through once a second at most.
        state.nextSweep = now + .seconds(1)
    }
}

extension RateLimiter {
    /// As a router's middleware. `key` names whom a request counts for, `nil` lets it pass; `refusal` is the answer to one
    /// too many, which gets `Retry-After`.
    package func middleware(
        key: @escaping @Sendable (Request) -> String?, refusal: @escaping @Sendable (Request) -> Response
    ) -> Router.Middleware {
        { [self] request, next in
            guard let key = key(request) else { return await next(request) }
            let decision = take(key)
            var response = decision.isAllowed ? await next(request) : refusal(request)
            decision.describe(in: &response.headers)
            return response
        }
    }
}

extension RateLimiter.Decision {
    /// Adds the `RateLimit` fields, and `Retry-After` to a refusal.
    package func describe(in headers: inout Headers) {
        headers["RateLimit-Limit"] = "\(limit)"
        headers["RateLimit-Remaining"] = "\(remaining)"
        headers["RateLimit-Reset"] = "\(reset.secondsRoundedUp)"
        if !isAllowed { headers["Retry-After"] = "\(max(1, retryAfter.secondsRoundedUp))" }
    }
}

extension Duration {
    fileprivate var secondsRoundedUp: Int64 { components.seconds + (components.attoseconds > 0 ? 1 : 0) }
}
