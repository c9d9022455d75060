package import Core

/// The tasks of a directory, each in a directory of its own whose name is the task's id. Read once, kept in memory.
package struct TaskCatalog: Sendable {
    package struct Entry: Sendable, Hashable {
        package let id: String
        package let title: String
        package let task: GradingTask
    }

    /// Those that can be used, by id.
    package let entries: [Entry]
    /// Why the others cannot.
    package let errors: [TaskFormatError]
    private let index: [String: Int]

    /// A catalogue without tasks.
    package init() { self.init(entries: [], errors: []) }

    /// Loads every task beneath `directory`. Throws when `directory` itself cannot be read; a broken task is in
    /// `errors` and does not keep the others out.
    package init(directory: String) throws(TaskFormatError) {
        let root = try TaskDirectory(path: directory)
        var entries: [Entry] = []
        var errors: [TaskFormatError] = []
        for entry in try root.entries() where entry.isDirectory && entry.name != InginiousTask.common {
            do throws(TaskFormatError) {
                let path = try Self.path(of: entry.name, in: root)
                let task = try Self.load(path, in: root)
                entries.append(Entry(id: entry.name, title: task.title, task: task.task))
            } catch {
                errors.append(error)
            }
        }
        self.init(entries: entries, errors: errors)
    }

    private init(entries: [Entry], errors: [TaskFormatError]) {
        self.entries = entries
        self.errors = errors
        index = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.id, $0) })
    }

    package func task(_ id: String) -> GradingTask? { index[id].map { entries[$0].task } }

    /// Longest id, in bytes.
    package static let maximumIDLength = 128

    /// A task of any format; one of our own is read without its solutions.
    private static func load(
        _ path: RelativePath, in root: TaskDirectory
    ) throws(TaskFormatError) -> (title: String, task: GradingTask) {
        let directory = root.path + "/" + path.string
        let tree: FileTree
        do { tree = try FileTree(path: directory) } catch {
            throw TaskFormatError(file: directory, reason: error.description)
        }
        guard let format = TaskFormat(recognising: tree), format != .native else {
            let task = try NativeTask.load(root.directory(path))
            return (task.title, task.task)
        }
        let package = try TaskPackage.load(tree, name: path.string)
        return (package.title, package.task)
    }

    private static func path(of name: String, in root: TaskDirectory) throws(TaskFormatError) -> RelativePath {
        let isID =
            name.utf8.count <= maximumIDLength
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
        guard isID, let path = try? RelativePath(name) else {
            throw TaskFormatError(
                file: root.path + "/" + name,
                reason: "a task's id has letters, digits, - _ and . only, and at most \(maximumIDLength) of them")
        }
        return path
    }
}
