import Core
import Foundation
import Storage
import Testing

extension Promise {
    private static func token(_ id: String, courses: Set<String> = []) -> AccessToken {
        AccessToken(
            id: id, name: "front-end \(id)", hash: Array(repeating: 7, count: 32), roles: [.submit, .read],
            courses: courses, createdAt: Date(timeIntervalSince1970: 1_800_000_000))
    }

    static let tokens = [
        Promise("a token is kept as it was given") { fixture in
            let token = token("a", courses: ["info 1", "ex\"am", "été"])
            try await fixture.store.insert(token)
            #expect(try await fixture.store.token("a") == token)
            #expect(try await fixture.another().token("a") == token)
            #expect(try await fixture.store.token("b") == nil)
        },
        Promise("tokens are listed, oldest first") { fixture in
            for id in ["b", "a"] { try await fixture.store.insert(token(id)) }
            #expect(try await fixture.store.tokens().map(\.id) == ["a", "b"])
        },
        Promise("two tokens cannot have one id") { fixture in
            try await fixture.store.insert(token("a"))
            await #expect(throws: StorageError.self) { try await fixture.store.insert(token("a")) }
        },
        Promise("a token is revoked once") { fixture in
            try await fixture.store.insert(token("a"))
            #expect(try await fixture.store.revokeToken("a"))
            #expect(try await !fixture.store.revokeToken("a"))
            #expect(try await !fixture.store.revokeToken("b"))
            #expect(try await fixture.store.token("a")?.revokedAt != nil)
        },
    ]
}
