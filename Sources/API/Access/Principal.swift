package import Core

/// Who asks, and what they may do.
package struct Principal: Sendable, Hashable {
    /// The token's id; `nil` where the service is open.
    package let token: String?
    package let name: String
    package let roles: Set<Role>
    /// The courses that it is limited to; empty means every course.
    package let courses: Set<String>

    /// Everybody, where the service is open.
    package static let anyone = Principal(token: nil, name: "anyone", roles: [.admin], courses: [])

    init(token: String?, name: String, roles: Set<Role>, courses: Set<String>) {
        self.token = token
        self.name = name
        self.roles = roles
        self.courses = courses
    }

    init(_ token: AccessToken) {
        self.init(token: token.id, name: token.name, roles: token.roles, courses: token.courses)
    }

    /// Whether one of its roles is `role` or includes it.
    package func may(_ role: Role) -> Bool {
        if roles.contains(role) || roles.contains(.admin) { return true }
        if roles.contains(.exam), role == .submit { return true }
        return roles.contains(.teacher) && (role == .submit || role == .read)
    }

    /// How urgent its submissions are when they say nothing else.
    package var usualPriority: PriorityClass { roles.contains(.exam) ? .exam : .interactive }

    /// Whether it may hand in submissions of a class.
    package func mayUse(_ priority: PriorityClass) -> Bool { priority != .exam || may(.exam) }

    /// Whether `course` lies within its scope. What belongs to no course belongs to those who have no limits.
    package func covers(_ course: String?) -> Bool { courses.isEmpty || course.map(courses.contains) ?? false }

    /// Whether it may see `submission`: its own, or all of its courses for those who may read.
    package func maySee(_ submission: Submission) -> Bool {
        if let token, submission.draft.owner.token == token { return true }
        return may(.read) && covers(submission.draft.owner.course)
    }
}
