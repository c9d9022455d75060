import CLinux
import Core
import Foundation

/// A task's directory, whose files are read without leaving it: no symbolic link is followed, whoever wrote the task.
/// Either on disk, or the files of an archive in memory.
final class TaskDirectory: Sendable {
    /// For messages.
    let path: String
    /// -1 for files in memory.
    private let descriptor: Int32
    private let tree: FileTree

    /// Opens the directory at `path`, which the operator names and is trusted with: links on the way are followed.
    init(path: String) throws(TaskFormatError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TaskFormatError(file: path, errno: errno) }
        self.path = path
        self.descriptor = descriptor
        tree = FileTree()
    }

    /// The files of `tree`; `name` is for messages.
    init(_ tree: FileTree, name: String) {
        path = name
        descriptor = -1
        self.tree = tree
    }

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
        tree = FileTree()
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// All files of it.
    func files() throws(TaskFormatError) -> FileTree {
        guard descriptor >= 0 else { return tree }
        do { return try FileTree(directory: path, allowsLinks: false) } catch {
            throw TaskFormatError(file: path, reason: error.description)
        }
    }

    func directory(_ path: RelativePath) throws(TaskFormatError) -> TaskDirectory {
        if descriptor < 0 {
            guard tree.hasDirectory(path.string) else {
                throw TaskFormatError(file: name(of: path), reason: "there is no such directory")
            }
            return TaskDirectory(tree.below(path.string), name: name(of: path))
        }
        return try directoryOnDisk(path)
    }

    private func directoryOnDisk(_ path: RelativePath) throws(TaskFormatError) -> TaskDirectory {
        TaskDirectory(path: name(of: path), descriptor: try openBeneath(path, flags: O_DIRECTORY))
    }

    /// The contents of a regular file of at most `limit` bytes.
    func contents(of path: RelativePath, limit: Int) throws(TaskFormatError) -> [UInt8] {
        guard descriptor < 0 else { return try contentsOnDisk(of: path, limit: limit) }
        guard let file = tree[path.string] else {
            throw TaskFormatError(file: name(of: path), reason: "there is no such file")
        }
        guard file.contents.count <= limit else {
            throw TaskFormatError(file: name(of: path), reason: "is longer than \(limit) bytes")
        }
        return file.contents
    }

    private func contentsOnDisk(of path: RelativePath, limit: Int) throws(TaskFormatError) -> [UInt8] {
        // Opening a pipe that nobody writes to would wait for ever.
        let descriptor = try openBeneath(path, flags: O_NONBLOCK)
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw TaskFormatError(file: name(of: path), errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw TaskFormatError(file: name(of: path), reason: "is not a regular file")
        }
        guard status.st_size <= limit else {
            throw TaskFormatError(file: name(of: path), reason: "is longer than \(limit) bytes")
        }
        // One byte more than its size now: a file that grows while it is read is noticed, and never beyond the limit.
        let capacity = Int(status.st_size) + 1
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            while count < capacity {
                let length = read(descriptor, buffer.baseAddress! + count, capacity - count)
                if length == 0 { return }
                if length < 0, errno == EINTR { continue }
                if length < 0 {
                    failure = errno
                    return
                }
                count += length
            }
        }
        guard failure == 0 else { throw TaskFormatError(file: name(of: path), errno: failure) }
        guard bytes.count < capacity else {
            throw TaskFormatError(file: name(of: path), reason: "changes while it is read")
        }
        return bytes
    }

    /// An entry of the directory itself.
    struct Entry {
        let name: String
        /// By the entry's own type: a link to a directory is none.
        let isDirectory: Bool
    }

    /// Most entries that a directory may have.
    static let maximumEntries = 100_000

    /// Its entries, hidden ones left out, sorted by name with numbers by value: `2` before `10`.
    func entries() throws(TaskFormatError) -> [Entry] {
        guard descriptor < 0 else { return try entriesOnDisk() }
        let entries =
            tree.topFiles.map { Entry(name: $0.path.string, isDirectory: false) }
            + tree.directories.map { Entry(name: $0, isDirectory: true) }
        return entries.filter { !$0.name.hasPrefix(".") }
            .sorted { $0.name.compare($1.name, options: .numeric) == .orderedAscending }
    }

    private func entriesOnDisk() throws(TaskFormatError) -> [Entry] {
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else {
            let reason = errno
            if copy >= 0 { close(copy) }
            throw TaskFormatError(file: path, errno: reason)
        }
        defer { closedir(stream) }
        var entries: [Entry] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard !name.hasPrefix(".") else { continue }
            guard entries.count < Self.maximumEntries else {
                throw TaskFormatError(file: path, reason: "has more than \(Self.maximumEntries) entries")
            }
            var status = stat()
            let isDirectory =
                fstatat(copy, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mode & S_IFMT == S_IFDIR
            entries.append(Entry(name: name, isDirectory: isDirectory))
        }
        return entries.sorted { $0.name.compare($1.name, options: .numeric) == .orderedAscending }
    }

    private func openBeneath(_ path: RelativePath, flags: Int32) throws(TaskFormatError) -> Int32 {
        let result = linux_openat2(
            descriptor, path.string, UInt64(O_RDONLY | O_CLOEXEC | flags),
            UInt64(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS))
        guard result >= 0 else { throw TaskFormatError(file: name(of: path), errno: -result) }
        return result
    }

    private func name(of path: RelativePath) -> String { self.path + "/" + path.string }
}

extension TaskFormatError {
    /// That the system refuses `file`.
    fileprivate init(file: String, errno: Int32) {
        let reason =
            switch errno {
            case ENOENT: "there is no such file"
            case ENOTDIR: "is not a directory"
            case ELOOP: "is reached through a symbolic link; links are not followed"
            case EXDEV: "lies outside the task's directory"
            default: String(cString: strerror(errno))
            }
        self.init(file: file, reason: reason)
    }
}
