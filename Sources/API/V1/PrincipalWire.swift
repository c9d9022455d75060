import Core

/// The body of `GET /v1/me`.
struct PrincipalWire: Sendable, Encodable {
    let name: String
    let roles: [String]
    let courses: [String]

    init(_ principal: Principal) {
        name = principal.name
        roles = principal.roles.map(\.rawValue).sorted()
        courses = principal.courses.sorted()
    }
}
