package import Core
package import Foundation
package import Storage
import Synchronization
package import TaskFormats

/// Tasks that came over HTTP. They lie in the store, so that every node that shares it has them; what was read of them
/// is kept in memory.
package final class UploadedTasks: Sendable {
    package typealias Record = TaskRecord

    package enum Failure: Error, Sendable, CustomStringConvertible {
        case unwritable(String)
        case unreadable(String)

        package var description: String {
            switch self {
            case .unwritable(let reason): "the task cannot be kept: \(reason)"
            case .unreadable(let reason): "the task cannot be read: \(reason)"
            }
        }
    }

    /// A task as it was read from the version that was in force.
    private struct Known: Sendable {
        let version: TaskVersion
        let task: GradingTask
        /// Which reading of the cache was the last that wanted it.
        var usedAt: Int
    }

    private struct Cache: Sendable {
        var tasks: [String: Known] = [:]
        var readings = 0
    }

    private let store: Store
    private let maximumKnown: Int
    private let cache = Mutex(Cache())

    /// How many tasks are kept in memory as they were read, with all their tests; those used longest ago go.
    package static let defaultMaximumKnown = 64

    package init(store: Store, maximumKnown: Int = defaultMaximumKnown) {
        self.store = store
        self.maximumKnown = max(1, maximumKnown)
    }

    /// The ids of the tasks that need not be read again.
    var knownIDs: Set<String> { cache.withLock { Set($0.tasks.keys) } }

    /// Whether `id` may name a task: letters, digits, `-`, `_` and `.`, not at the beginning.
    package static func isID(_ id: String) -> Bool {
        (1...TaskCatalog.maximumIDLength).contains(id.utf8.count) && !id.hasPrefix(".")
            && id.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                    || "-_.".utf8.contains(byte)
            }
    }

    package func records() async throws(Failure) -> [Record] {
        try await reading { () throws(StorageError) in try await store.tasks() }
    }

    package func record(_ id: String) async throws(Failure) -> Record? {
        try await reading { () throws(StorageError) in try await store.task(id) }
    }

    /// The task as it is now; `nil` if there is none. It is read again if another version is in force than the one that
    /// is known. A version that cannot be read is no task. Throws when the store does not answer: then it is not known
    /// whether there is one.
    package func task(_ id: String) async throws(Failure) -> GradingTask? {
        let current = try await reading { () throws(StorageError) in try await store.currentTaskVersion(id) }
        guard let current else {
            keep(nil, of: current, as: id)
            return nil
        }
        if let task = known(id, in: current) { return task }
        let archive = try await archive(current.archive)
        let task = archive.flatMap { try? Self.read($0, name: id, current).task }
        keep(task, of: current, as: id)
        return task
    }

    private func known(_ id: String, in version: TaskVersion) -> GradingTask? {
        cache.withLock { cache in
            guard cache.tasks[id]?.version == version else { return nil }
            cache.readings += 1
            cache.tasks[id]?.usedAt = cache.readings
            return cache.tasks[id]?.task
        }
    }

    private func keep(_ task: GradingTask?, of version: TaskVersion?, as id: String) {
        cache.withLock { cache in
            guard let task, let version else { return cache.tasks[id] = nil }
            cache.readings += 1
            cache.tasks[id] = Known(version: version, task: task, usedAt: cache.readings)
            if cache.tasks.count > maximumKnown, let oldest = cache.tasks.min(by: { $0.value.usedAt < $1.value.usedAt })
            {
                cache.tasks[oldest.key] = nil
            }
        }
    }

    /// The package in force, with its solutions.
    package func package(_ id: String) async throws(Failure) -> TaskPackage? {
        guard let version = try await record(id)?.current else { return nil }
        guard let archive = try await archive(version.archive) else { throw .unreadable("its archive is gone") }
        do { return try Self.read(archive, name: id, version) } catch { throw .unreadable("\(error)") }
    }

    private static func read(_ archive: [UInt8], name: String, _ version: TaskVersion) throws -> TaskPackage {
        var package = try read(archive, name: name)
        if let seconds = version.timeLimit { package.task.setTimeLimit(.seconds(seconds)) }
        return package
    }

    /// What an archive holds. Throws `ArchiveError` or `TaskFormatError`.
    package static func read(_ archive: [UInt8], name: String) throws -> TaskPackage {
        try TaskPackage.load(FileTree(archive: archive, allowsLinks: true).withoutOuterDirectory, name: name)
    }

    package func archive(_ digest: BlobDigest) async throws(Failure) -> [UInt8]? {
        try await reading { () throws(StorageError) in try await store.blob(digest) }
    }

    /// Puts a version in force. The same archive again changes nothing. `isNew` tells whether there was no task before.
    package func put(
        _ id: String, archive: [UInt8], package: TaskPackage, course: String?, timeLimit: Duration?,
        at date: Date = Date()
    ) async throws(Failure) -> (record: Record, isNew: Bool) {
        let version = NewTaskVersion(
            archive: archive, title: package.title, format: package.format.rawValue, timeLimit: timeLimit?.inSeconds,
            createdAt: date)
        return try await writing { () throws(StorageError) in try await store.putTask(id, course: course, version) }
    }

    /// Notes the time limit that a check found.
    package func setTimeLimit(_ limit: Duration, of id: String, archive: BlobDigest) async throws(Failure) {
        try await writing { () throws(StorageError) in
            try await store.setTaskTimeLimit(limit.inSeconds, of: id, archive: archive)
        }
    }

    /// Removes a task. False if there is none.
    package func remove(_ id: String) async throws(Failure) -> Bool {
        try await writing { () throws(StorageError) in try await store.removeTask(id) }
    }

    private func reading<Value>(_ body: () async throws(StorageError) -> Value) async throws(Failure) -> Value {
        do { return try await body() } catch { throw .unreadable("\(error)") }
    }

    private func writing<Value>(_ body: () async throws(StorageError) -> Value) async throws(Failure) -> Value {
        do { return try await body() } catch { throw .unwritable("\(error)") }
    }
}
