import Core

extension Principal {
    /// For whom a submission is graded when the request itself cannot say it: the one course that the token is limited
    /// to. `nil` when there are several to choose from.
    var owner: Owner? {
        guard courses.count <= 1 else { return nil }
        return Owner(course: courses.first, token: token)
    }

    static let ambiguousCourse =
        "The token is limited to several courses, and this interface cannot say which one is meant."
}
