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
                try await store.expectAll(acknowledged)
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
