/// What the holder of a token may do. `admin` includes all others; `teacher` includes `submit` and `read`.
package enum Role: String, Sendable, Hashable, Codable, CaseIterable {
    /// Hand in, and read and cancel what was handed in with the same token.
    case submit
    /// Hand in in the class `exam`, which goes before every other; includes `submit`.
    case exam
    /// Read and list everything of the token's courses.
    case read
    /// Manage tasks, see hidden tests, cancel and rejudge, within the token's courses.
    case teacher
    /// Everything, tokens included.
    case admin
    /// Read `/metrics`.
    case metrics
}
