package import Core
import HTTPServer

/// Lets in those who may.
package struct Access: Sendable {
    package enum Mode: Sendable {
        /// Nobody is asked: for a service that only this machine can reach.
        case open
        /// Everybody needs a token. Finds one by its id; `nil` when there is none.
        case tokens(@Sendable (_ id: String) async throws -> AccessToken?)
    }

    package let mode: Mode

    package init(_ mode: Mode) { self.mode = mode }

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
        guard case .tokens(let find) = mode else { return .anyone }
        guard let text = Self.bearer(request), let id = TokenText.id(in: text) else {
            throw Self.unauthorized("Send Authorization: Bearer and a token.")
        }
        let token: AccessToken?
        do { token = try await find(id) } catch { throw Refusal.unavailable("\(error)") }
        // One answer for an unknown, a wrong and a revoked token: there is nothing to learn from it.
        guard let token, TokenText.matches(text, token), token.revokedAt == nil else {
            throw Self.unauthorized("The token is not valid.")
        }
        return Principal(token)
    }

    private static func bearer(_ request: Request) -> String? {
        guard let value = request.headers["Authorization"] else { return nil }
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1].drop { $0 == " " })
    }

    private static func unauthorized(_ detail: String) -> Refusal {
        var refusal = Refusal(
            Problem(.unauthorized, "unauthorized", title: "A valid token is needed", detail: detail))
        refusal.headers = ["WWW-Authenticate": "Bearer realm=\"assay\""]
        return refusal
    }
}
