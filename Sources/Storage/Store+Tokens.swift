package import Core
import Foundation

extension Store {
    private static let columns = "id, name, hash, roles, courses, created_at, revoked_at"

    /// Keeps a new token.
    package func insert(_ token: AccessToken) async throws(StorageError) {
        let roles = token.roles.map(\.rawValue).sorted().joined(separator: " ")
        let courses: String
        do {
            courses = String(decoding: try JSONEncoder().encode(token.courses.sorted()), as: UTF8.self)
        } catch { throw .refused("a token's courses do not encode") }
        try await database.write { (connection) throws(StorageError) -> Void in
            try connection.run(
                """
                INSERT INTO tokens (\(raw: Store.columns)) VALUES (\(token.id), \(token.name), \(token.hash), \(roles),
                    \(courses), \(Milliseconds.of(token.createdAt)), NULL)
                """)
        }
    }

    /// The token `id`, revoked or not; `nil` if there is none.
    package func token(_ id: String) async throws(StorageError) -> AccessToken? {
        try await tokens("WHERE id = \(id)").first
    }

    /// Every token, oldest first.
    package func tokens() async throws(StorageError) -> [AccessToken] { try await tokens("ORDER BY created_at, id") }

    /// Revokes the token `id`; `false` if there is none, or it was revoked before.
    package func revokeToken(_ id: String) async throws(StorageError) -> Bool {
        try await database.write { (connection) throws(StorageError) in
            try !connection.run(
                "UPDATE tokens SET revoked_at = \(Milliseconds.now) WHERE id = \(id) AND revoked_at IS NULL RETURNING id"
            ).isEmpty
        }
    }

    private func tokens(_ condition: SQL) async throws(StorageError) -> [AccessToken] {
        try await database.read { (connection) throws(StorageError) in
            var tokens: [AccessToken] = []
            for row in try connection.run("SELECT \(raw: Store.columns) FROM tokens \(condition)") {
                tokens.append(try AccessToken(row))
            }
            return tokens
        }
    }
}

extension AccessToken {
    fileprivate init(_ row: Row) throws(StorageError) {
        let roles = try row.text(3).split(separator: " ").compactMap { Role(rawValue: String($0)) }
        let courses: [String]
        do { courses = try JSONDecoder().decode([String].self, from: Data(try row.text(4).utf8)) } catch {
            throw .corrupt("the courses of a token cannot be read")
        }
        let revokedAt = try row.optionalInteger(6)
        self.init(
            id: try row.text(0), name: try row.text(1), hash: try row.blob(2), roles: Set(roles),
            courses: Set(courses), createdAt: Milliseconds.date(try row.integer(5)),
            revokedAt: revokedAt.map(Milliseconds.date))
    }
}
