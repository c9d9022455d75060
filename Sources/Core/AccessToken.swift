package import struct Foundation.Date

/// A bearer token as it is kept: what it may do, and a hash from which the token itself cannot be found again.
package struct AccessToken: Sendable, Hashable {
    /// Names it in lists and logs; not secret.
    package let id: String
    /// What an operator calls it.
    package var name: String
    /// SHA-256 of the whole token. Tokens hold 256 random bits, so no salt and no slow hash is needed.
    package let hash: [UInt8]
    package var roles: Set<Role>
    /// The courses that it is limited to; empty means every course.
    package var courses: Set<String>
    package let createdAt: Date
    /// From then on it is refused.
    package var revokedAt: Date?

    package init(
        id: String, name: String, hash: [UInt8], roles: Set<Role>, courses: Set<String> = [], createdAt: Date,
        revokedAt: Date? = nil
    ) {
        self.id = id
        self.name = name
        self.hash = hash
        self.roles = roles
        self.courses = courses
        self.createdAt = createdAt
        self.revokedAt = revokedAt
    }
}
