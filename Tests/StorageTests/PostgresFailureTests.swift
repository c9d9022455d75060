import Core
import Foundation
import PostgresFixture
import Testing

@testable import Storage

/// Servers that crash, go away, refuse to write, and connections that break. Each test has a server of its own.
@Suite(.serialized, .enabled("PostgreSQL is not installed") { PostgresServer.isInstalled })
struct PostgresFailureTests {
    @Test func nothingAcknowledgedIsLostByKill() async throws {
        try await withServer { server in
            let url = try server.makeDatabase()
            for round in 1...2 {
                let writer = try Writer(database: url)
                let acknowledged = try writer.killAfter(lines: 200 * round)
                let store = try await Store.postgres(url)
                try await store.expectAll(acknowledged)
                await store.close()
            }
        }
    }

    @Test func nothingAcknowledgedIsLostByACrashOfTheServer() async throws {
        try await withServer { server in
            let url = try server.makeDatabase()
            let writer = try Writer(database: url)
            try writer.waitFor(lines: 200)
            try server.crash()
            try server.start()
            // The writer goes on by itself now that the server is back.
            let acknowledged = try writer.killAfter(lines: 600)
            let store = try await Store.postgres(url)
            try await store.expectAll(acknowledged)
            await store.close()
        }
    }

    @Test func aCallWaitsForTheServerToComeBack() async throws {
        try await withServer { server in
            let store = try await Store.postgres(try server.makeDatabase(), connections: 2, patience: .seconds(120))
            let submission = Submission.sample()
            try await store.insert(submission)
            let events = store.events()
            try server.crash()
            async let claiming = store.claim()
            async let reading = store.submission(submission.id)
            try server.start()
            let (lease, read) = try await (claiming, reading)
            #expect(lease?.submission.id == submission.id)
            #expect(read?.id == submission.id)
            // Whoever waited for something is told to look.
            #expect(await events.first { $0 == .missed } != nil)
            await store.close()
        }
    }

    @Test func aServerThatStaysAwayIsReportedAndFoundAgain() async throws {
        try await withServer { server in
            let url = try server.makeDatabase()
            let store = try await Store.postgres(url, connections: 2, patience: .seconds(1))
            try server.stop()
            await #expect { try await store.insert(.sample()) } throws: { ($0 as? StorageError)?.isUnavailable == true }
            #expect(await store.checkWritable()?.isUnavailable == true)
            try server.start()
            let found = try await Store.postgres(url, connections: 2)
            try await found.insert(.sample())
            #expect(try await store.claim() != nil)
            await found.close()
            await store.close()
        }
    }

    @Test func openingWithoutAServerFails() async throws {
        await #expect {
            try await Store.postgres("postgres://assay@127.0.0.1:1/none", patience: .milliseconds(100))
        } throws: { ($0 as? StorageError)?.isUnavailable == true }
        await #expect(throws: StorageError.self) {
            try await Store.postgres("postgres://[", patience: .milliseconds(100))
        }
    }

    @Test func otherNodesAreTold() async throws {
        try await withServer { server in
            let url = try server.makeDatabase()
            let (one, other) = (
                try await Store.postgres(url, connections: 1), try await Store.postgres(url, connections: 1)
            )
            let events = other.events()
            let submissions = (0..<300).map { _ in Submission.sample() }
            try await one.insert(submissions, within: QueueLimits())
            #expect(await events.first { $0 == .queued } != nil)
            // More than fit into one notification.
            for _ in submissions { _ = try await one.finish(#require(try await one.claim()), with: .sample()) }
            var waited = Set(submissions.map(\.id))
            for await event in events {
                if case .changed(let id, .finished) = event { waited.remove(id) }
                if waited.isEmpty { break }
            }
            #expect(waited.isEmpty)
            await one.close()
            await other.close()
        }
    }

    @Test func aNameIsHeldByOneProcessAtATime() async throws {
        try await withServer { server in
            let url = try server.makeDatabase()
            let one = try await Store.postgres(url, connections: 1)
            let other = try await Store.postgres(url, connections: 1)
            #expect(try await one.hold(name: "a"))
            #expect(try await other.hold(name: "b"))
            #expect(try await !other.hold(name: "a"))
            // It is still held after the server was away.
            let events = one.events()
            try server.crash()
            try server.start()
            #expect(await events.first { $0 == .missed } != nil)
            let third = try await Store.postgres(url, connections: 1)
            #expect(try await !third.hold(name: "a"))
            await one.close()
            #expect(try await third.hold(name: "a"), "who had it is gone")
            await third.close()
            await other.close()
        }
    }

    @Test func aReadOnlyDatabaseIsReportedAndRecoveredFrom() async throws {
        try await withServer { server in
            let url = try server.makeDatabase()
            let name = try #require(URL(string: url)?.lastPathComponent)
            let store = try await Store.postgres(url, connections: 2, patience: .seconds(2))
            let submission = Submission.sample()
            try await store.insert(submission)
            try server.execute("ALTER DATABASE \(name) SET default_transaction_read_only = on")
            try server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(name)'")
            await #expect { try await store.insert(.sample()) } throws: { ($0 as? StorageError)?.isUnavailable == true }
            try server.execute("ALTER DATABASE \(name) SET default_transaction_read_only = off")
            try await store.insert(.sample())
            await store.close()
        }
    }

    @Test(.enabled("only root can mount a small disk") { geteuid() == 0 })
    func aFullDiskIsReportedAndRecoveredFrom() async throws {
        try await withServer { server in
            let disk = "\(server.directory)/disk"
            try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
            try run("/usr/bin/mount", "-t", "tmpfs", "-o", "size=12m", "assay-test", disk)
            defer { try? run("/usr/bin/umount", "--lazy", disk) }
            try run("/usr/bin/chown", "postgres", disk)
            try server.execute("CREATE TABLESPACE small LOCATION '\(disk)'")
            let ballast = "\(disk)/ballast"
            try Data(count: 2 << 20).write(to: URL(fileURLWithPath: ballast))
            try server.execute("CREATE DATABASE small TABLESPACE small")
            let store = try await Store.postgres(server.url("small"), connections: 2)
            var (kept, failure): ([Submission], StorageError?) = ([], nil)
            while failure == nil, kept.count < 1000 {
                let submission = Submission.sample(bytes: 50_000)
                do throws(StorageError) {
                    try await store.insert([submission], within: QueueLimits())
                    kept.append(submission)
                } catch { failure = error }
            }
            #expect(failure?.isUnavailable == true, "\(String(describing: failure))")
            for submission in kept { #expect(try await store.submission(submission.id)?.draft == submission.draft) }
            try FileManager.default.removeItem(atPath: ballast)
            try await store.insert(.sample(bytes: 50_000))
            #expect(try await store.queueStatistics()[.queued] == kept.count + 1)
            await store.close()
        }
    }

    @Test func theConnectionIsEncryptedAsTheURLSays() async throws {
        try await withTemporaryDirectory { directory in
            let (key, certificate) = ("\(directory)/server.key", "\(directory)/server.crt")
            try run(
                "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory)
            if geteuid() == 0 { try run("/usr/bin/chown", "postgres", key) }
            try await withServer(settings: [
                "ssl = on", "ssl_key_file = '\(key)'", "ssl_cert_file = '\(certificate)'",
            ]) { server in
                let url = server.url("postgres", parameters: "sslmode=verify-full&sslrootcert=\(certificate)")
                let database = try await PostgresDatabase(url: url, connections: 1)
                let isEncrypted = try await database.read { (connection) throws(StorageError) in
                    try connection.run("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")[0].integer(0)
                }
                #expect(isEncrypted == 1)
                await database.close()
                // Signed by nobody that we trust.
                await #expect {
                    try await Store.postgres(
                        server.url("postgres", parameters: "sslmode=verify-full&sslrootcert=system"))
                } throws: { ($0 as? StorageError)?.isUnavailable == true }
            }
        }
    }

    /// A transaction that ends as another's victim is repeated, and its caller does not learn of it.
    @Test func transactionsThatCollideAreRepeated() async throws {
        try await withServer(settings: ["deadlock_timeout = '10ms'"]) { server in
            let database = try await PostgresDatabase(url: try server.makeDatabase(), connections: 8)
            try await database.write { (connection) throws(StorageError) in
                try connection.run("CREATE TABLE t (k BIGINT PRIMARY KEY, v BIGINT NOT NULL)")
                try connection.run("INSERT INTO t VALUES (0, 0), (1, 0)")
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        // Half of them take the rows in one order, half in the other.
                        try await database.write { (connection) throws(StorageError) in
                            for key in [number % 2, 1 - number % 2] {
                                try connection.run("UPDATE t SET v = v + 1 WHERE k = \(key)")
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let rows = try await database.read { (connection) throws(StorageError) in
                try connection.run("SELECT v FROM t")
            }
            #expect(rows.map(\.values) == [[.integer(40)], [.integer(40)]])
            await database.close()
        }
    }

    @Test func connectionsChangeDifferentRowsOfASum() async throws {
        try await withServer { server in
            let url = try server.makeDatabase()
            func connect() throws -> PostgresLink {
                let link = try PostgresLink(url: url, deadline: .now + .seconds(30))
                try link.takeShard()
                return link
            }
            let shards = Int(PostgresLink.shards)
            var links = try (0..<shards).map { _ in try connect() }
            #expect(Set(links.map(\.shard)) == Set(0..<shards))
            // One too many shares a row, and one that ended leaves its row.
            let beyond = try connect()
            #expect((0..<shards).contains(beyond.shard))
            let left = links.removeFirst().shard
            let deadline = ContinuousClock.now + .seconds(30)
            var next = try connect()
            // The server notices the end of a connection a little later.
            while next.shard != left, ContinuousClock.now < deadline { next = try connect() }
            #expect(next.shard == left)
        }
    }

    @Test func aStatementSentLaterThatFailsUndoesTheWrite() async throws {
        try await withServer { server in
            let store = try await Store.postgres(try server.makeDatabase(), connections: 1)
            let database = store.database
            for position in 0...2 {
                var statements: [SQL] = ["UPDATE probe SET written_at = 7", "UPDATE probe SET written_at = 8"]
                statements.insert("UPDATE probe SET written_at = written_at / (written_at - written_at)", at: position)
                let all = statements
                await #expect(throws: StorageError.refused("division by zero (22012)")) {
                    try await database.write { (connection) throws(StorageError) in
                        for statement in all { try connection.runLater(statement) }
                        connection.announce(.queued)
                    }
                }
                // With something to wait for after it, too.
                await #expect(throws: StorageError.refused("division by zero (22012)")) {
                    try await database.write { (connection) throws(StorageError) in
                        for statement in all { try connection.runLater(statement) }
                        _ = try connection.run("SELECT 1")
                    }
                }
                let kept = try await database.read { (connection) throws(StorageError) in
                    try connection.run("SELECT count(*) FROM probe WHERE written_at IN (7, 8)")
                }
                #expect(kept.map(\.values) == [[.integer(0)]])
            }
            try await database.write { (connection) throws(StorageError) in
                try connection.runLater("UPDATE probe SET written_at = 7")
            }
            let kept = try await database.read { (connection) throws(StorageError) in
                try connection.run("SELECT written_at FROM probe")
            }
            #expect(kept.map(\.values) == [[.integer(7)]])
            await store.close()
        }
    }

    @Test func aTransactionWhoseCommitWasNotAnsweredIsRepeatedAsAReplay() async throws {
        try await withServer { server in
            let store = try await Store.postgres(try server.makeDatabase(), connections: 1)
            let submission = Submission.sample()
            try await store.insert(submission)
            let database = try #require(store.database as? PostgresDatabase)
            // Each is run once, made durable, and run again as if nobody had been told.
            let replaying = Store(database: ReplayingDatabase(base: database), clock: store.clock)
            try await replaying.insert(submission, .sample())
            #expect(try await store.queueStatistics()[.queued] == 2)
            let lease = try #require(try await replaying.claim())
            #expect(lease.submission.id == submission.id)
            #expect(try await store.queueStatistics()[.running] == 1)
            #expect(try await replaying.renew(lease, for: .seconds(30)) == .held)
            #expect(try await replaying.release(lease, countsAttempt: true))
            #expect(try await store.submission(submission.id)?.state == .queued(attempts: 1))
            let second = try #require(try await replaying.claim())
            #expect(try await replaying.finish(second, with: .sample()))
            let third = try #require(try await replaying.claim())
            #expect(try await replaying.finishCancelled(third))
            #expect(
                try await store.queueStatistics().submissions
                    == [.queued: 0, .running: 0, .finished: 1, .cancelled: 1])
            try await store.insert(.sample())
            let last = try #require(try await store.list(SubmissionFilter(status: .queued), limit: 1).first)
            guard case .cancelled = try await replaying.cancel(last.id) else {
                Issue.record("not cancelled")
                return
            }
            await store.close()
        }
    }

    private func withServer(
        settings: [String] = [], _ body: (PostgresServer) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let server = try PostgresServer(in: directory, settings: settings)
            do {
                try await body(server)
                try server.stop("immediate")
            } catch {
                try? server.stop("immediate")
                throw error
            }
        }
    }
}

/// Runs every write twice, the second time as a replay: as if the first answer had been lost.
private struct ReplayingDatabase: Database {
    let base: PostgresDatabase

    var dialect: Dialect { base.dialect }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        try await base.read(body)
    }

    func write<Value: Sendable>(
        durable: Durability, _ body: @escaping @Sendable (any Connection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        _ = try await base.write(durable: durable, body)
        return try await base.write(durable: durable) { (connection) throws(StorageError) in
            try body(ReplayingConnection(base: connection))
        }
    }

    func hold(name: String) async throws(StorageError) -> Bool { try await base.hold(name: name) }

    func events() -> AsyncStream<StoreEvent> { base.events() }

    func close() async { await base.close() }
}

private struct ReplayingConnection: Connection {
    let base: any Connection
    var isReplay: Bool { true }
    var shard: Int { base.shard }

    func run(_ statement: SQL) throws(StorageError) -> [Row] { try base.run(statement) }
    func runLater(_ statement: SQL) throws(StorageError) { try base.runLater(statement) }
    func now() throws(StorageError) -> Int64 { try base.now() }
    func announce(_ event: StoreEvent) { base.announce(event) }
}

extension StorageError {
    fileprivate var isUnavailable: Bool { if case .unavailable = self { true } else { false } }
}
