import Core

/// Collects the entries of an archive or a directory and holds them to the rules: no name that leaves the root, nothing
/// twice, nothing beyond the limits, and links only to what is inside.
struct FileTreeBuilder {
    private let limits: ArchiveLimits
    private let allowsLinks: Bool
    private var files: [String: SourceFile] = [:]
    private var links: [String: String] = [:]
    /// Every path and every directory above one, as file systems without case would see it.
    private var folded: [String: String] = [:]
    private var directories: Set<String> = []
    private(set) var bytes = 0

    init(limits: ArchiveLimits, allowsLinks: Bool) {
        self.limits = limits
        self.allowsLinks = allowsLinks
    }

    /// The path of an entry. `nil` for the root itself and for what tools leave behind.
    func path(_ name: String) throws(ArchiveError) -> RelativePath? {
        var name = name[...]
        while name.hasPrefix("./") { name = name.dropFirst(2) }
        while name.hasSuffix("/"), name.count > 1 { name = name.dropLast() }
        if name.isEmpty || name == "." { return nil }
        if name.contains("\\") { throw .badPath(String(name.prefix(100)), "contains a backslash") }
        let path: RelativePath
        do { path = try RelativePath(String(name)) } catch {
            throw .badPath(String(name.prefix(100)), "\(error)")
        }
        return path.parts[0] == "__MACOSX" || path.name == ".DS_Store" ? nil : path
    }

    mutating func addDirectory(_ path: RelativePath) throws(ArchiveError) {
        try claim(path, isDirectory: true)
    }

    mutating func addFile(_ path: RelativePath, _ contents: [UInt8], isExecutable: Bool) throws(ArchiveError) {
        try count(contents.count)
        try claim(path, isDirectory: false)
        files[path.string] = SourceFile(path: path, contents: contents, isExecutable: isExecutable)
    }

    mutating func addLink(_ path: RelativePath, target: String) throws(ArchiveError) {
        guard allowsLinks else { throw .link(path.string) }
        try claim(path, isDirectory: false)
        links[path.string] = target
    }

    /// Whether `more` bytes would still be within the limits; throws if not.
    func checkRoom(for more: Int) throws(ArchiveError) {
        if bytes + more > limits.bytes { throw .tooLarge(limit: limits.bytes) }
    }

    private mutating func count(_ size: Int) throws(ArchiveError) {
        try checkRoom(for: size)
        bytes += size
    }

    private mutating func claim(_ path: RelativePath, isDirectory: Bool) throws(ArchiveError) {
        if files.count + links.count >= limits.files { throw .tooManyFiles(limit: limits.files) }
        let parts = path.parts
        var prefix = ""
        for (index, part) in parts.enumerated() {
            prefix += prefix.isEmpty ? part : "/" + part
            let isLast = index == parts.count - 1
            // Strings compare by canonical equivalence: two ways to write an accented letter are one name here.
            let key = prefix.lowercased()
            if let other = folded[key], other != prefix { throw .caseClash(other, prefix) }
            if isLast && !isDirectory {
                if folded[key] != nil {
                    throw directories.contains(prefix) ? .fileIsDirectory(prefix) : .duplicate(prefix)
                }
            } else {
                if files[prefix] != nil || links[prefix] != nil { throw .fileIsDirectory(prefix) }
                directories.insert(prefix)
            }
            folded[key] = prefix
        }
        if directories.count > limits.files { throw .tooManyFiles(limit: limits.files) }
    }

    /// The tree, with each link replaced by what it leads to.
    consuming func tree() throws(ArchiveError) -> FileTree {
        var result = files
        var copied = bytes
        for (path, target) in links.sorted(by: { $0.key < $1.key }) {
            guard let goal = resolve(path, seen: []) else { throw .badLink(path, target: target) }
            if let file = files[goal] {
                try addCopy(of: file, at: path, to: &result, &copied)
                continue
            }
            // A link to a directory: what lies below it, other links excepted, so that no circle can form.
            let below = files.values.filter { goal.isEmpty || $0.path.string.hasPrefix(goal + "/") }
            guard !below.isEmpty, !goal.isEmpty, !(path + "/").hasPrefix(goal + "/") else {
                throw .badLink(path, target: target)
            }
            for file in below {
                try addCopy(of: file, at: path + file.path.string.dropFirst(goal.count), to: &result, &copied)
            }
        }
        return FileTree(Array(result.values))
    }

    private func addCopy(
        of file: SourceFile, at path: String, to result: inout [String: SourceFile], _ copied: inout Int
    ) throws(ArchiveError) {
        copied += file.contents.count
        if copied > limits.bytes { throw .tooLarge(limit: limits.bytes) }
        if result.count >= limits.files { throw .tooManyFiles(limit: limits.files) }
        do {
            result[path] = SourceFile(
                path: try RelativePath(path), contents: file.contents, isExecutable: file.isExecutable)
        } catch { throw .badPath(path, "\(error)") }
    }

    /// Where the link at `path` leads, as a path from the root; `nil` if that is outside or nowhere.
    private func resolve(_ path: String, seen: Set<String>) -> String? {
        guard let target = links[path] else { return path }
        guard !seen.contains(path), seen.count < 16, !target.hasPrefix("/"), !target.isEmpty else { return nil }
        var parts = path.split(separator: "/").dropLast().map(String.init)
        for part in target.split(separator: "/") {
            if part == "." { continue }
            if part == ".." {
                guard !parts.isEmpty else { return nil }
                parts.removeLast()
            } else {
                parts.append(String(part))
                let here = parts.joined(separator: "/")
                if links[here] != nil {
                    guard let goal = resolve(here, seen: seen.union([path])) else { return nil }
                    parts = goal.split(separator: "/").map(String.init)
                }
            }
        }
        let goal = parts.joined(separator: "/")
        guard files[goal] != nil || directories.contains(goal) else { return nil }
        return goal
    }
}
