import Core
import Foundation
import Testing

@testable import Storage

@Suite struct SQLiteStoreTests {
    @Test(arguments: Promise.all) func keeps(_ promise: Promise) async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/data/assay.db"
            let clock = StoreClock()
            let store = try await Store.sqlite(at: path, clock: clock)
            let fixture = Fixture(store: store, clock: clock) { try await Store.sqlite(at: path, clock: clock) }
            try await promise.check(fixture)
            await store.close()
        }
    }

    @Test func everyCommitIsSynchronised() async throws {
        try await withTemporaryDirectory { directory in
            let database = try SQLiteDatabase(path: "\(directory)/assay.db")
            let settings = try await database.write { (connection) throws(StorageError) in
                let synchronous = try connection.run("PRAGMA synchronous")[0].integer(0)
                return (synchronous, try connection.run("PRAGMA journal_mode")[0].text(0))
            }
            #expect(settings == (2, "wal"))
            await database.close()
        }
    }

    @Test func onlyTheOwnerMayReadTheDirectory() async throws {
        try await withTemporaryDirectory { directory in
            let store = try await Store.sqlite(at: "\(directory)/a/b/assay.db")
            await store.close()
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory)/a/b")
            #expect(attributes[.posixPermissions] as? Int == 0o700)
        }
    }

    @Test func refusesAFileThatIsNoDatabase() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/assay.db"
            try Data(repeating: UInt8(ascii: "x"), count: 8192).write(to: URL(fileURLWithPath: path))
            let error = await #expect(throws: StorageError.self) { try await Store.sqlite(at: path) }
            guard case .corrupt(let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.hasPrefix(path))
        }
    }

    @Test func refusesADatabaseOfAnotherProgram() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/other.db"
            try run(
                "/usr/bin/python3", "-c", "import sqlite3; sqlite3.connect('\(path)').execute('CREATE TABLE t (x)')")
            await #expect(throws: StorageError.corrupt("\(path): the database belongs to another program")) {
                try await Store.sqlite(at: path)
            }
        }
    }

    @Test func reportsDamagedPages() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/assay.db"
            let store = try await Store.sqlite(at: path)
            let submission = Submission.sample(bytes: 100_000)
            try await store.insert(submission)
            await store.close()
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            try file.seek(toOffset: 4096)
            try file.write(contentsOf: Data(repeating: 0xa5, count: 60_000))
            try file.close()
            await #expect {
                let store = try await Store.sqlite(at: path)
                _ = try await store.submission(submission.id)
            } throws: { if case .corrupt = $0 as? StorageError { true } else { false } }
        }
    }

    @Test func refusesADatabaseThatIsNewerThanTheProgram() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/assay.db"
            let store = try await Store.sqlite(at: path)
            let known = try #require(Migration.all.last?.version)
            try await store.database.write { (connection) throws(StorageError) in
                _ = try connection.run("INSERT INTO assay_schema (version) VALUES (\(known + 1))")
            }
            await store.close()
            await #expect(throws: StorageError.tooNew(found: known + 1, known: known)) {
                try await Store.sqlite(at: path)
            }
        }
    }

    @Test func aMigrationThatFailsLeavesNothing() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/assay.db"
            let database = try SQLiteDatabase(path: path)
            let broken = Migration(version: 999) { _ in ["CREATE TABLE half (x INTEGER)", "CREATE NONSENSE"] }
            await #expect(throws: StorageError.self) {
                try await Migration.apply(Migration.all + [broken], to: database)
            }
            await database.close()
            // Not even the first version is there, so that the next start begins where this one did.
            let store = try await Store.sqlite(at: path)
            try await store.insert(.sample())
            await store.close()
        }
    }

    @Test func keepsASubmissionWhoseDraftIsDamagedFromBlockingTheQueue() async throws {
        try await withTemporaryDirectory { directory in
            let store = try await Store.sqlite(at: "\(directory)/assay.db")
            let (damaged, sound) = (Submission.sample(), Submission.sample())
            try await store.insert(damaged, sound)
            try await store.database.write { (connection) throws(StorageError) in
                _ = try connection.run("UPDATE drafts SET body = \([0xff] as [UInt8]) WHERE submission = 1")
            }
            #expect(try await store.claim()?.submission.id == sound.id)
            let list = try await store.list(SubmissionFilter(verdict: .internalError), limit: 2)
            #expect(list.map(\.id) == [damaged.id])
            await store.close()
        }
    }

    /// The group commit: those that fail take nothing with them, those that succeed are all there.
    @Test func writesOfOneTransactionDoNotFailTogether() async throws {
        try await withTemporaryDirectory { directory in
            let store = try await Store.sqlite(at: "\(directory)/assay.db")
            let submissions = (0..<600).map { _ in Submission.sample() }
            let failures = await withTaskGroup(of: Bool.self) { group in
                for (number, submission) in submissions.enumerated() {
                    let limits = QueueLimits(submissions: number.isMultiple(of: 3) ? 0 : 10_000)
                    group.addTask {
                        do throws(StorageError) {
                            try await store.insert([submission], within: limits)
                            return false
                        } catch { return error == .queueFull(.submissions) }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(failures == 200)
            for (number, submission) in submissions.enumerated() {
                #expect(try await (store.submission(submission.id) == nil) == number.isMultiple(of: 3))
            }
            #expect(try await store.queueStatistics()[.queued] == 400)
            await store.close()
        }
    }
}

@Suite struct MigrationTests {
    /// What an older version queued is claimed by this one.
    @Test func aDatabaseOfAnOlderVersionIsBroughtUpToDate() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/assay.db"
            let database = try SQLiteDatabase(path: path)
            try await Migration.apply(Array(Migration.all.prefix(1)), to: database)
            let submission = Submission.sample()
            let (draft, metadata) = (
                try CBOREncoder.encode(submission.draft), try CBOREncoder.encode([String: String]())
            )
            try await database.write { (connection) throws(StorageError) in
                try connection.run(
                    """
                    INSERT INTO submissions (
                        id, language, metadata, cpus, memory, bytes, created_at, status, rank, failures, fence,
                        took_over, available_at, lease, cancellation_asked)
                    VALUES (\(submission.id.string), 'c', \(metadata), 1, 1, \(draft.count),
                        \(Milliseconds.of(submission.createdAt)), 'queued', 0, 0, 0, 0, 0, 0, 0)
                    """)
                try connection.run("INSERT INTO drafts (submission, body) VALUES (1, \(draft))")
                try Counters.add(1, bytes: draft.count, to: .queued, with: connection)
            }
            await database.close()
            let store = try await Store.sqlite(at: path)
            let lease = try #require(try await store.claim())
            #expect(lease.submission.id == submission.id && lease.submission.draft == submission.draft)
            #expect(try await store.finish(lease, with: .sample()))
            await store.close()
        }
    }
}
