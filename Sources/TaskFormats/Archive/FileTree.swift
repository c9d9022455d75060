package import Core

/// The files of a task, wherever they came from: a directory, or an archive that somebody sent. Held in memory and never
/// written to the service's disk under the names that it brings.
package struct FileTree: Sendable, Hashable {
    /// By path.
    package private(set) var files: [String: SourceFile]

    package init() { files = [:] }

    package init(_ files: [SourceFile]) {
        self.files = Dictionary(files.map { ($0.path.string, $0) }, uniquingKeysWith: { $1 })
    }

    package subscript(path: String) -> SourceFile? { files[path] }

    package var isEmpty: Bool { files.isEmpty }

    /// All paths, in byte order.
    package var paths: [String] { files.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

    /// All files, in the order of their paths.
    package var sorted: [SourceFile] { paths.compactMap { files[$0] } }

    /// The text of a file; `nil` if there is none or it is not UTF-8. A byte order mark is left out.
    package func text(_ path: String) -> String? {
        guard let file = files[path], let text = String(validating: file.contents, as: UTF8.self) else { return nil }
        return text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
    }

    package func hasDirectory(_ path: String) -> Bool { files.keys.contains { $0.hasPrefix(path + "/") } }

    /// What lies below `directory`, with paths relative to it.
    package func below(_ directory: String) -> FileTree {
        let prefix = directory + "/"
        return FileTree(
            files.values.compactMap { file in
                guard file.path.string.hasPrefix(prefix),
                    let path = try? RelativePath(String(file.path.string.dropFirst(prefix.count)))
                else { return nil }
                return SourceFile(path: path, contents: file.contents, isExecutable: file.isExecutable)
            })
    }

    /// Names of the directories directly in the root, in byte order.
    package var directories: [String] {
        var names: Set<String> = []
        for path in files.keys where path.contains("/") { names.insert(String(path.prefix { $0 != "/" })) }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The files directly in the root, in the order of their names.
    package var topFiles: [SourceFile] { sorted.filter { !$0.path.string.contains("/") } }

    /// The same files below `directory`.
    package func moved(below directory: String) -> [SourceFile] {
        sorted.compactMap { file in
            guard let path = try? RelativePath(directory + "/" + file.path.string) else { return nil }
            return SourceFile(path: path, contents: file.contents, isExecutable: file.isExecutable)
        }
    }

    /// Without the one directory that holds everything, as most tools pack it.
    package var withoutOuterDirectory: FileTree {
        guard directories.count == 1, topFiles.isEmpty else { return self }
        return below(directories[0])
    }
}
