/// For whom a submission is graded: fair shares are counted, rights checked and lists filtered by these.
package struct Owner: Sendable, Hashable, Codable {
    /// The course, exam or other tenant.
    package var course: String?
    /// The student, as the front-end names them.
    package var user: String?
    /// The id of the access token that it was handed in with.
    package var token: String?

    package init(course: String? = nil, user: String? = nil, token: String? = nil) {
        self.course = course
        self.user = user
        self.token = token
    }
}

/// How urgent a submission is; the more urgent class goes first.
package enum PriorityClass: String, Sendable, Hashable, Codable, CaseIterable {
    case exam, interactive, homework, rejudge
}
