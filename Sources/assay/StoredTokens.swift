import API
import Core
import Storage

/// The store's tokens, as the API asks for them.
struct StoredTokens: TokenDirectory {
    let store: Store

    func token(_ id: String) async throws -> AccessToken? { try await store.token(id) }

    func hasTokens() async throws -> Bool { try await !store.tokens().isEmpty }
}
