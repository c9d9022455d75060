import Core
import Foundation
import Storage
import TaskFormats
import Testing

@testable import Grading

/// Tasks in memory: as many as allowed, and always as they are now.
@Suite struct UploadedTasksTests {
    private func withTasks(_ maximum: Int, _ body: (UploadedTasks) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let store = try await Store.sqlite(at: directory.appendingPathComponent("test.sqlite").path)
        let result: Result<Void, any Error>
        do { result = .success(try await body(UploadedTasks(store: store, maximumKnown: maximum))) } catch {
            result = .failure(error)
        }
        await store.close()
        try result.get()
    }

    private func put(_ id: String, _ title: String, in tasks: UploadedTasks) async throws {
        let archive = try await Self.archive("title: \(title)\ntests: [{}]\n")
        let package = try UploadedTasks.read(archive, name: id)
        _ = try await tasks.put(id, archive: archive, package: package, course: nil, timeLimit: nil)
    }

    /// One file `task.yaml`, packed by real tar.
    private static func archive(_ text: String) async throws -> [UInt8] {
        let directory = FileManager.default.temporaryDirectory.path + "/\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try text.write(toFile: directory + "/task.yaml", atomically: false, encoding: .utf8)
        let tar = Process()
        tar.executableURL = URL(fileURLWithPath: "/usr/bin/tar")
        tar.arguments = ["-czf", directory + "/task.tar.gz", "-C", directory, "task.yaml"]
        try tar.run()
        tar.waitUntilExit()
        return Array(try Data(contentsOf: URL(fileURLWithPath: directory + "/task.tar.gz")))
    }

    @Test func keepsAsManyInMemoryAsAllowedAndForgetsThoseUsedLongestAgo() async throws {
        #expect(UploadedTasks.defaultMaximumKnown == 64)
        try await withTasks(3) { tasks in
            for id in ["a", "b", "c", "d"] { try await put(id, id.uppercased(), in: tasks) }
            for id in ["a", "b", "c"] { #expect(try await tasks.task(id)?.title == id.uppercased()) }
            #expect(tasks.knownIDs == ["a", "b", "c"], "as many as allowed")
            _ = try await tasks.task("a")
            #expect(try await tasks.task("d")?.title == "D")
            #expect(tasks.knownIDs == ["a", "c", "d"], "b was used longest ago")
            #expect(try await tasks.task("b")?.title == "B", "what was forgotten is read again")
            #expect(tasks.knownIDs == ["a", "b", "d"])
        }
    }

    @Test func aNewVersionTakesThePlaceOfTheOldOneAndARemovedTaskIsForgotten() async throws {
        try await withTasks(2) { tasks in
            try await put("a", "first", in: tasks)
            #expect(try await tasks.task("a")?.title == "first")
            try await put("a", "second", in: tasks)
            #expect(try await tasks.task("a")?.title == "second")
            #expect(tasks.knownIDs == ["a"])
            #expect(try await tasks.remove("a"))
            #expect(try await tasks.task("a") == nil)
            #expect(tasks.knownIDs.isEmpty)
        }
    }
}
