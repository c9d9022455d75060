package import Core

/// Files on their way into sandboxes, or out of one. A class, so that a backend may keep a packed form beside them and
/// an artefact that was compiled once is packed once for its many tests.
package final class FileBundle: Sendable {
    package let files: [SourceFile]

    package init(_ files: [SourceFile]) { self.files = files }

    /// Bytes of all files together.
    package var size: Int { files.reduce(0) { $0 + $1.contents.count } }
}
