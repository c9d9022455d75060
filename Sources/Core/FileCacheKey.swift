/// The name of a cached file: chosen by a client, and known only together with whom it belongs to.
package struct FileCacheKey: Sendable, Hashable {
    /// Whose file it is. Nobody can put another content under a name that somebody else uses.
    package let owner: String
    package let id: String

    package static let minimumLength = 8
    package static let maximumLength = 128

    /// `nil` unless `id` is `minimumLength` to `maximumLength` letters and digits of ASCII.
    package init?(owner: String, id: String) {
        guard (Self.minimumLength...Self.maximumLength).contains(id.utf8.count),
            id.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7a).contains($0 | 0x20) })
        else { return nil }
        self.owner = owner
        self.id = id
    }
}
