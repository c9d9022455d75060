import HTTPServer
import Synchronization

/// How many requests one client may make: by address before anything else is looked at, by token where tokens are
/// checked (`Access`). Every answer says what is left, in `RateLimit` fields; of two bounds, the token's.
enum RateLimits {
    /// What the token's bucket said to the request of this task.
    private final class Note: Sendable {
        let decision = Mutex<RateLimiter.Decision?>(nil)
    }

    @TaskLocal private static var note: Note?

    /// Paths that are never refused: who looks whether the service lives must not be told that it does not.
    private static let exempt: Set<String> = ["/livez", "/readyz"]

    /// Takes from the bucket of `token`. Returns whether there was something.
    static func take(_ token: String, from limiter: RateLimiter) -> Bool {
        let decision = limiter.take(token)
        note?.decision.withLock { $0 = decision }
        return decision.isAllowed
    }

    /// Puts what `take` found into the answers.
    static let tokenMiddleware: Router.Middleware = { request, next in
        let note = Note()
        var response = await $note.withValue(note) { await next(request) }
        note.decision.withLock { $0 }?.describe(in: &response.headers)
        return response
    }

    static func addressMiddleware(_ limiter: RateLimiter) -> Router.Middleware {
        limiter.middleware(
            key: { exempt.contains($0.path) ? nil : $0.clientGroup },
            refusal: { _ in Problem.tooManyRequests.response() })
    }
}

extension Problem {
    static let tooManyRequests = Problem(
        .tooManyRequests, "too-many-requests", title: "Too many requests",
        detail: "Come back after the seconds in Retry-After.")
}
