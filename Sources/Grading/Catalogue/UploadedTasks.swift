import COpenSSL
package import Core
package import Foundation
import Synchronization
package import TaskFormats

/// Tasks that came over HTTP, kept below a directory: each archive once, named by its SHA-256, and a file for each task
/// that lists its versions. One process writes there.
package final class UploadedTasks: Sendable {
    /// One version of a task.
    package struct Version: Sendable, Hashable, Codable {
        package var number: Int
        /// SHA-256 of the archive, in hexadecimal digits.
        package var digest: String
        package var createdAt: Date
        package var title: String
        package var format: String
        /// Bytes of the archive.
        package var size: Int
        /// Seconds of CPU time, where that followed from the solutions when it was checked.
        package var timeLimit: Double?
    }

    package struct Record: Sendable, Hashable, Codable {
        package var id: String
        /// The course that it belongs to.
        package var course: String?
        /// The last one is in force.
        package var versions: [Version]

        package var current: Version? { versions.last }
    }

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

    private struct State: Sendable {
        var records: [String: Record] = [:]
        /// Tasks in force that were read already.
        var tasks: [String: GradingTask] = [:]
    }

    private let directory: String
    private let state: Mutex<State>

    /// Versions of a task that are kept.
    package static let maximumVersions = 20

    /// Opens `directory`, making it where it is missing.
    package init(directory: String) throws(Failure) {
        self.directory = directory
        var records: [String: Record] = [:]
        do {
            for part in ["archives", "tasks"] {
                try FileManager.default.createDirectory(
                    atPath: "\(directory)/\(part)", withIntermediateDirectories: true,
                    // Tests, graders and solutions are for nobody else on this machine.
                    attributes: [.posixPermissions: 0o700])
            }
            for name in try FileManager.default.contentsOfDirectory(atPath: directory + "/tasks")
            where name.hasSuffix(".json") {
                guard let data = FileManager.default.contents(atPath: "\(directory)/tasks/\(name)") else { continue }
                let record = try JSONDecoder().decode(Record.self, from: data)
                records[record.id] = record
            }
        } catch { throw .unreadable("\(directory): \(error)") }
        state = Mutex(State(records: records))
    }

    /// Whether `id` may name a task: letters, digits, `-`, `_` and `.`, not at the beginning.
    package static func isID(_ id: String) -> Bool {
        (1...TaskCatalog.maximumIDLength).contains(id.utf8.count) && !id.hasPrefix(".")
            && id.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                    || "-_.".utf8.contains(byte)
            }
    }

    package var records: [Record] { state.withLock { $0.records.values.sorted { $0.id < $1.id } } }

    package func record(_ id: String) -> Record? { state.withLock { $0.records[id] } }

    /// The task in force; `nil` if there is none of that id, or it cannot be read any more.
    package func task(_ id: String) -> GradingTask? {
        if let task = state.withLock({ $0.tasks[id] }) { return task }
        guard let package = try? package(id) else { return nil }
        state.withLock { state in
            guard state.records[id] != nil else { return }
            state.tasks[id] = package.task
        }
        return package.task
    }

    /// The package in force, with its solutions.
    package func package(_ id: String) throws(Failure) -> TaskPackage? {
        guard let version = record(id)?.current else { return nil }
        guard let bytes = archive(version.digest) else { throw .unreadable("its archive is gone") }
        var package: TaskPackage
        do { package = try Self.read(bytes, name: id) } catch { throw .unreadable("\(error)") }
        if let seconds = version.timeLimit { package.task.setTimeLimit(.seconds(seconds)) }
        return package
    }

    /// What an archive holds. Throws `ArchiveError` or `TaskFormatError`.
    package static func read(_ archive: [UInt8], name: String) throws -> TaskPackage {
        try TaskPackage.load(FileTree(archive: archive, allowsLinks: true).withoutOuterDirectory, name: name)
    }

    package func archive(_ digest: String) -> [UInt8]? { FileTree.contents(of: "\(directory)/archives/\(digest)") }

    /// Puts a version in force. The same archive again changes nothing. `isNew` tells whether there was no task before.
    package func put(
        _ id: String, archive: [UInt8], package: TaskPackage, course: String?, timeLimit: Duration?,
        at date: Date = Date()
    ) throws(Failure) -> (record: Record, isNew: Bool) {
        let digest = Self.digest(of: archive)
        var version = Version(
            number: 1, digest: digest, createdAt: date, title: package.title, format: package.format.rawValue,
            size: archive.count, timeLimit: timeLimit?.inSeconds)
        try write(Data(archive), to: "archives/\(digest)")
        // Held for the length of a small write, so that two who put at the same time are one after the other.
        let result = state.withLock { state -> Result<(Record, Bool), Failure> in
            var record = state.records[id] ?? Record(id: id, course: course, versions: [])
            let isNew = record.versions.isEmpty
            record.course = course
            if record.current?.digest != digest {
                version.number = (record.current?.number ?? 0) + 1
                record.versions.append(version)
                record.versions = record.versions.suffix(Self.maximumVersions)
            } else if let timeLimit {
                record.versions[record.versions.count - 1].timeLimit = timeLimit.inSeconds
            }
            do throws(Failure) { try save(record) } catch { return .failure(error) }
            state.records[id] = record
            state.tasks[id] = nil
            return .success((record, isNew))
        }
        return try result.get()
    }

    /// Notes the time limit that a check found.
    package func setTimeLimit(_ limit: Duration, of id: String, digest: String) throws(Failure) {
        let result = state.withLock { state -> Result<Void, Failure> in
            guard var record = state.records[id], record.current?.digest == digest else { return .success(()) }
            record.versions[record.versions.count - 1].timeLimit = limit.inSeconds
            do throws(Failure) { try save(record) } catch { return .failure(error) }
            state.records[id] = record
            state.tasks[id] = nil
            return .success(())
        }
        try result.get()
    }

    /// Removes a task; archives that no other task needs go too. False if there is none.
    package func remove(_ id: String) -> Bool {
        state.withLock { state in
            guard let record = state.records.removeValue(forKey: id) else { return false }
            state.tasks[id] = nil
            try? FileManager.default.removeItem(atPath: "\(directory)/tasks/\(id).json")
            let needed = Set(state.records.values.flatMap(\.versions).map(\.digest))
            for version in record.versions where !needed.contains(version.digest) {
                try? FileManager.default.removeItem(atPath: "\(directory)/archives/\(version.digest)")
            }
            return true
        }
    }

    private func save(_ record: Record) throws(Failure) {
        let data: Data
        do { data = try JSONEncoder().encode(record) } catch { throw .unwritable("\(error)") }
        try write(data, to: "tasks/\(record.id).json")
    }

    /// Whole or not at all.
    private func write(_ data: Data, to path: String) throws(Failure) {
        do { try data.write(to: URL(fileURLWithPath: "\(directory)/\(path)"), options: .atomic) } catch {
            throw .unwritable("\(error)")
        }
    }

    private static func digest(of bytes: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        SHA256(bytes, bytes.count, &digest)
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
