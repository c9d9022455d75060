package import Core
package import HTTPServer
import Synchronization

/// Where tokens are kept.
package protocol TokenDirectory: Sendable {
    /// The token of this id, revoked or not; `nil` when there is none.
    func token(_ id: String) async throws -> AccessToken?
    /// Whether there was ever a token.
    func hasTokens() async throws -> Bool
}

/// Lets in those who may. Where there was never a token everybody may do everything: such a service is to be reached
/// from its own machine only. From the first token on, everybody needs one.
package final class Access: Sendable {
    private let directory: any TokenDirectory
    /// How many requests each token may make; `nil` bounds none.
    private let limiter: RateLimiter?
    private let state = Mutex(State())

    private struct State {
        var isClosed = false
        var openUntil: ContinuousClock.Instant?
    }

    /// How long a service stays open after its first token was made.
    static let openRecheck = Duration.seconds(1)

    package init(_ directory: any TokenDirectory, limiter: RateLimiter? = nil) {
        self.directory = directory
        self.limiter = limiter
    }

    private func isOpen() async throws -> Bool {
        let known: Bool? = state.withLock { state in
            if state.isClosed { return false }
            return state.openUntil.map { $0 > .now } == true ? true : nil
        }
        if let known { return known }
        let isClosed = try await directory.hasTokens()
        state.withLock { state in
            state.isClosed = state.isClosed || isClosed
            state.openUntil = .now + Self.openRecheck
        }
        return !isClosed
    }

    /// Who sent `request`, if they have one of `roles`; where there are none, anybody with a token.
    func principal(of request: Request, any roles: [Role]) async throws(Refusal) -> Principal {
        let principal = try await principal(of: request)
        guard roles.isEmpty || roles.contains(where: principal.may) else {
            throw Refusal(
                Problem(
                    .forbidden, "forbidden", title: "The token does not allow this",
                    detail: "It needs one of the roles \(roles.map(\.rawValue).joined(separator: ", "))."))
        }
        return principal
    }

    /// Who sent `request`.
    func principal(of request: Request) async throws(Refusal) -> Principal {
        do { if try await isOpen() { return .anyone } } catch { throw Refusal.unavailable("\(error)") }
        guard let text = request.bearerToken, let id = TokenText.id(in: text) else {
            throw Self.unauthorized("Send Authorization: Bearer and a token.")
        }
        let token: AccessToken?
        do { token = try await directory.token(id) } catch { throw Refusal.unavailable("\(error)") }
        // One answer for an unknown, a wrong and a revoked token: there is nothing to learn from it.
        guard let token, TokenText.matches(text, token), token.revokedAt == nil else {
            throw Self.unauthorized("The token is not valid.")
        }
        // Only now: a bucket for whatever somebody claims to be would be theirs to empty.
        if let limiter, !RateLimits.take(token.id, from: limiter) { throw Refusal(.tooManyRequests) }
        return Principal(token)
    }

    /// Whoever holds the token `id` now; without one, everybody. A token that is gone may see what a student may.
    func principal(withID id: String?) async -> Principal {
        guard let id else { return .anyone }
        guard let token = try? await directory.token(id), token.revokedAt == nil else {
            return Principal(token: id, name: "", roles: [], courses: [])
        }
        return Principal(token)
    }

    private static func unauthorized(_ detail: String) -> Refusal {
        var refusal = Refusal(
            Problem(.unauthorized, "unauthorized", title: "A valid token is needed", detail: detail))
        refusal.headers = ["WWW-Authenticate": "Bearer realm=\"assay\""]
        return refusal
    }
}
