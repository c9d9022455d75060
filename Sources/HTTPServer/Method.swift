/// A request method; any token, compared with case.
package struct Method: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    package let name: String

    package init(_ name: String) { self.name = name }
    package init(stringLiteral value: String) { name = value }

    package var description: String { name }

    /// Without allocating for the usual ones.
    init(of bytes: borrowing Span<UInt8>) {
        switch bytes.count {
        case 3 where bytes.equals("GET"): self = .get
        case 4 where bytes.equals("POST"): self = .post
        default: name = bytes.text
        }
    }

    package static let get: Method = "GET"
    package static let head: Method = "HEAD"
    package static let post: Method = "POST"
    package static let put: Method = "PUT"
    package static let patch: Method = "PATCH"
    package static let delete: Method = "DELETE"
    package static let options: Method = "OPTIONS"
}
