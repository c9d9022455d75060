import Core
import Glibc

extension FileTree {
    /// Reads a directory of the operator's. Links are followed by name only if they stay inside; files whose names begin
    /// with a dot, and what Python leaves behind, are left out.
    package init(
        directory: String, limits: ArchiveLimits = ArchiveLimits(), allowsLinks: Bool = true
    ) throws(ArchiveError) {
        var builder = FileTreeBuilder(limits: limits, allowsLinks: allowsLinks)
        try Self.read(directory, below: "", into: &builder)
        self = try builder.tree()
    }

    private static func read(
        _ root: String, below: String, into builder: inout FileTreeBuilder
    ) throws(ArchiveError) {
        let directory = below.isEmpty ? root : root + "/" + below
        for name in try names(in: directory) where isTaken(name) {
            let relative = below.isEmpty ? name : below + "/" + name
            guard let path = try builder.path(relative) else { continue }
            let full = root + "/" + relative
            var status = stat()
            guard lstat(full, &status) == 0 else { throw .unreadable(relative) }
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                try builder.addDirectory(path)
                try read(root, below: relative, into: &builder)
            case S_IFLNK:
                var target = [UInt8](repeating: 0, count: 4096)
                let size = target.withUnsafeMutableBytes { buffer in
                    readlink(full, buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count)
                }
                guard size > 0 else { throw .unreadable(relative) }
                try builder.addLink(path, target: String(decoding: target[..<size], as: UTF8.self))
            case S_IFREG:
                try builder.checkRoom(for: status.st_size)
                guard let contents = Self.contents(of: full) else { throw .unreadable(relative) }
                try builder.addFile(path, contents, isExecutable: status.st_mode & 0o111 != 0)
            default: throw .specialFile(relative)
            }
        }
    }

    /// GitHub keeps its settings in a directory with a dot; problem packages have a file with one.
    private static func isTaken(_ name: String) -> Bool {
        name != "__pycache__" && (!name.hasPrefix(".") || name == ".github" || name == ".timelimit")
    }

    private static func names(in directory: String) throws(ArchiveError) -> [String] {
        guard let stream = opendir(directory) else { throw .unreadable(directory) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names.sorted()
    }

    /// All bytes of a file; `nil` if it cannot be read.
    package static func contents(of path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let size = Glibc.read(file, &buffer, buffer.count)
            if size < 0, errno == EINTR { continue }
            guard size > 0 else { return size == 0 ? contents : nil }
            contents += buffer[..<size]
        }
    }

    /// The run files of the course that a task's directory lies in.
    private static func courseFiles(_ task: String) -> [SourceFile] {
        InginiousTask.runFiles.compactMap { name in
            var status = stat()
            let file = "\(task)/../\(name)"
            guard lstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, let contents = contents(of: file),
                let path = try? RelativePath("\(InginiousTask.course)/\(name)")
            else { return nil }
            return SourceFile(path: path, contents: contents, isExecutable: true)
        }
    }

    /// Reads what a command's argument names: a directory, or an archive.
    package init(path: String, limits: ArchiveLimits = ArchiveLimits()) throws(ArchiveError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .unreadable(path) }
        if status.st_mode & S_IFMT == S_IFDIR {
            self = try FileTree(directory: path, limits: limits)
            // A course's common files lie beside its tasks.
            let common = path + "/../" + InginiousTask.common
            if self["task.yaml"] != nil, stat(common, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
                let files = try FileTree(directory: common, limits: limits)
                self = FileTree(sorted + files.moved(below: InginiousTask.common))
            }
            if self["task.yaml"] != nil { self = FileTree(sorted + Self.courseFiles(path)) }
        } else {
            guard let bytes = Self.contents(of: path) else { throw .unreadable(path) }
            self = try FileTree(archive: bytes, limits: limits, allowsLinks: true).withoutOuterDirectory
        }
    }
}
