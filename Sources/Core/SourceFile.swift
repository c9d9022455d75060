/// A file that goes into a sandbox or came out of one.
package struct SourceFile: Sendable, Hashable, Codable {
    /// Where it lies, relative to the work directory. Already validated.
    package let path: RelativePath
    package let contents: [UInt8]
    package let isExecutable: Bool

    package init(path: RelativePath, contents: [UInt8], isExecutable: Bool = false) {
        self.path = path
        self.contents = contents
        self.isExecutable = isExecutable
    }

    package init(path: RelativePath, text: String, isExecutable: Bool = false) {
        self.init(path: path, contents: Array(text.utf8), isExecutable: isExecutable)
    }
}
