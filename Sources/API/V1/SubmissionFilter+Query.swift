import Core
import Storage

extension SubmissionFilter {
    /// What the query of a list may say.
    static let parameters: Set<String> = [
        "status", "verdict", "language", "task", "course", "user", "priority", "search", "created_after",
        "created_before",
    ]

    /// What `query` asks for, of what `principal` may see.
    init(_ query: QueryParameters, for principal: Principal) throws(Refusal) {
        self.init()
        status = try query.choice("status")
        verdict = try query.choice("verdict")
        language = try query.identifier("language")
        task = try query.identifier("task")
        user = try query.identifier("user")
        priority = try query.choice("priority")
        search = try query.identifier("search")
        createdAfter = try query.date("created_after")
        createdBefore = try query.date("created_before")
        try limit(to: principal, course: try query.identifier("course"))
    }

    /// Only what is of `course`, or, where none is named, of the courses that `principal` is limited to.
    mutating func limit(to principal: Principal, course: String?) throws(Refusal) {
        if let course {
            guard principal.covers(course) else { throw Refusal(.otherCourse) }
            courses = [course]
        } else if !principal.courses.isEmpty {
            courses = principal.courses
        }
    }
}
