import Core
import Foundation
import Storage
import Testing

/// Disks that fill up, do not allow writing, and processes that are killed.
@Suite struct SQLiteFailureTests {
    @Test func nothingAcknowledgedIsLostByKill() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/assay.db"
            for round in 1...3 {
                let writer = try Writer(database: path)
                let acknowledged = try writer.killAfter(lines: 400 * round)
                let store = try await Store.sqlite(at: path)
                for (what, id) in acknowledged {
                    let status = try await store.submission(id)?.state.status
                    #expect(status != nil, "\(id) was acknowledged and is gone")
                    if what == "finished" { #expect(status == .finished, "\(id)'s report was acknowledged") }
                }
                let statistics = try await store.queueStatistics()
                let list = try await store.all()
                for status in SubmissionStatus.allCases {
                    #expect(statistics[status] == list.count { $0.status == status })
                }
                await store.close()
            }
        }
    }

    @Test(.enabled("only root can mount a small disk") { geteuid() == 0 })
    func aFullDiskIsReportedAndRecoveredFrom() async throws {
        try await withTemporaryDirectory { directory in
            try run("/usr/bin/mount", "-t", "tmpfs", "-o", "size=4m", "assay-test", directory)
            defer { try? run("/usr/bin/umount", "--lazy", directory) }
            let ballast = "\(directory)/ballast"
            try Data(count: 2 << 20).write(to: URL(fileURLWithPath: ballast))
            let path = "\(directory)/assay.db"
            let store = try await Store.sqlite(at: path)
            var kept: [Submission] = []
            var failure: StorageError?
            while failure == nil, kept.count < 1000 {
                let submission = Submission.sample(bytes: 20_000)
                do throws(StorageError) {
                    try await store.insert([submission], within: QueueLimits())
                    kept.append(submission)
                } catch { failure = error }
            }
            #expect(failure == .unavailable("the disk is full"))
            #expect(kept.count > 10)
            // What needs less room may still fit; until it does not.
            var writable = await store.checkWritable()
            for _ in 0..<100 where writable == nil {
                _ = try? await store.claim()
                try await Task.sleep(for: .milliseconds(1100))
                writable = await store.checkWritable()
            }
            #expect(writable == .unavailable("the disk is full"))
            // Reading goes on.
            for submission in kept { #expect(try await store.submission(submission.id)?.draft == submission.draft) }

            try FileManager.default.removeItem(atPath: ballast)
            let late = Submission.sample(bytes: 20_000)
            try await store.insert(late)
            try await Task.sleep(for: .milliseconds(1100))
            #expect(await store.checkWritable() == nil)
            await store.close()
            let again = try await Store.sqlite(at: path)
            for submission in kept + [late] {
                #expect(try await again.submission(submission.id)?.draft == submission.draft)
            }
            await again.close()
        }
    }

    @Test(.enabled("only root can mount a disk that is read-only") { geteuid() == 0 })
    func aReadOnlyDiskIsReported() async throws {
        try await withTemporaryDirectory { directory in
            let (real, seen) = ("\(directory)/real", "\(directory)/seen")
            try FileManager.default.createDirectory(atPath: seen, withIntermediateDirectories: true)
            let store = try await Store.sqlite(at: "\(real)/assay.db")
            try await store.insert(.sample())
            await store.close()
            try run("/usr/bin/mount", "--bind", real, seen)
            defer { try? run("/usr/bin/umount", "--lazy", seen) }
            try run("/usr/bin/mount", "-o", "remount,bind,ro", seen)
            for path in ["\(seen)/assay.db", "\(seen)/new.db", "\(seen)/new/assay.db"] {
                let error = await #expect(throws: StorageError.self) { try await Store.sqlite(at: path) }
                guard case .unavailable(let reason) = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
                #expect(reason.hasPrefix(path))
            }
        }
    }
}

/// The program `storage-writer`, running.
struct Writer {
    private let process = Process()
    private let output = Pipe()

    init(database: String) throws {
        process.executableURL = productsDirectory.appendingPathComponent("storage-writer")
        process.arguments = [database]
        process.standardOutput = output
        try process.run()
    }

    /// Kills it with SIGKILL once it has printed so many lines; gives back everything that it acknowledged.
    func killAfter(lines: Int) throws -> [(what: String, id: SubmissionID)] {
        var text: [UInt8] = []
        while text.count(where: { $0 == UInt8(ascii: "\n") }) < lines {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { break }
            text += more
        }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        text += output.fileHandleForReading.readDataToEndOfFile()
        #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL)
        return String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            #expect(words.first != "failed", "\(line)")
            guard words.count == 2, let id = SubmissionID(words[1]) else { return nil }
            return (String(words[0]), id)
        }
    }

    /// Where the built programs lie: beside this test.
    private var productsDirectory: URL {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    }
}

extension Store {
    /// Every submission, page by page.
    func all() async throws -> [SubmissionSummary] {
        var (list, cursor): ([SubmissionSummary], SubmissionID?) = ([], nil)
        repeat {
            let page = try await self.list(SubmissionFilter(), before: cursor, limit: 1000)
            list += page
            cursor = page.last?.id
        } while cursor != nil
        return list
    }
}
