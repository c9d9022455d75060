import Foundation
import PostgresFixture
import Synchronization
import Testing

/// Three nodes share a PostgreSQL server, and everything dies, stops, fills up or gets its clock set while two thousand
/// submissions come in: each ends with one verdict, the right one.
@Suite(
    .serialized, .enabled("sandboxes are made by root") { AssayServer.isPossible },
    .enabled("PostgreSQL is not installed") { PostgresServer.isInstalled },
    .enabled("libfaketime is not installed") { FakeTime.isInstalled })
struct ChaosTests {
    static let count = 2000
    static let seed: UInt64 = 20_261_125

    @Test func everySubmissionEndsWithItsVerdict() async throws {
        try await withScratchDirectory { directory in
            let cluster = try await Cluster(in: directory, seed: Self.seed)
            do {
                try await storm(cluster)
                await cluster.stop()
            } catch {
                await cluster.stop()
                throw error
            }
        }
    }

    /// One node whose SQLite file lies on a disk that fills up: posts are refused and repeated, what was taken ends.
    @Test func aFullDiskLosesNothing() async throws {
        try await withScratchDirectory { directory in
            let disk = try await SmallDisk(at: directory + "/disk", megabytes: 24)
            do {
                let server = try await AssayServer(directory: directory + "/disk", settings: ["lease=4s"])
                let clients = Clients { [server] }
                let count = 300
                async let posting: Void = clients.post(Array(0..<count))
                while clients.acknowledged.count < 50 { try await Task.sleep(for: .milliseconds(20)) }
                try disk.fill()
                while try await server.send("GET", "/readyz").status != 503 {
                    try await Task.sleep(for: .milliseconds(50))
                }
                #expect(try await server.send("POST", "/v1/submissions", CrashTests.request(3)).status >= 500)
                try disk.clear()
                try await posting
                let all = try await clients.allWhenEnded()
                #expect(clients.acknowledged.isSubset(of: Set(all.compactMap { $0["id"].string })))
                let numbers = all.compactMap { $0["metadata"]["number"].string.flatMap { Int($0) } }
                #expect(Set(numbers) == Set(0..<count) && all.count == count, "what was refused is not there")
                for (submission, number) in zip(all, numbers) {
                    #expect(submission["verdict"] == CrashTests.verdict(number), "\(submission)")
                }
                #expect(await server.stop() == 0)
                await disk.unmount()
            } catch {
                await disk.unmount()
                throw error
            }
        }
    }

    private func storm(_ cluster: Cluster) async throws {
        var random = SeededNumbers(seed: Self.seed)
        let blows = (Blow.allCases + Blow.allCases).shuffled(using: &random)
        let clients = Clients { await cluster.fronts }
        var judged: [JSONValue: JSONValue] = [:]
        for (index, blow) in blows.enumerated() {
            let numbers = (Self.count * index / blows.count)..<(Self.count * (index + 1) / blows.count)
            let pause = Duration.milliseconds(Int.random(in: 0...600, using: &random))
            async let posting: Void = clients.post(Array(numbers))
            try await Task.sleep(for: pause)
            try await cluster.take(blow)
            try await posting
            for submission in try await clients.page("status=finished") { judged[submission["id"]] = submission }
        }
        try #require(judged.count > 100, "much was judged before the last blow")

        let all = try await clients.allWhenEnded()
        #expect(
            clients.acknowledged.isSubset(of: Set(all.compactMap { $0["id"].string })), "what was acknowledged is there"
        )
        let numbers = all.compactMap { $0["metadata"]["number"].string.flatMap { Int($0) } }
        #expect(Set(numbers) == Set(0..<Self.count))
        #expect(all.count == Self.count, "none is there twice, although answers were lost and posts repeated")
        for submission in all {
            let number = try #require(submission["metadata"]["number"].string.flatMap { Int($0) })
            guard submission["verdict"] != CrashTests.verdict(number) else { continue }
            let whole = try await clients.submission(submission["id"].string ?? "")
            Issue.record(
                "\(number): \(whole["report"]["verdict"]) \(whole["report"]["message"])\n\(await cluster.logs)")
        }
        let byID = Dictionary(all.map { ($0["id"], $0) }) { first, _ in first }
        for (id, submission) in judged { #expect(byID[id] == submission, "what was judged stays as it was") }
        let nodes = try await clients.nodes()
        #expect(nodes.map { $0["name"] } == ["both", "front", "worker"] && nodes.allSatisfy { $0["alive"] == true })
    }
}

/// What happens to a part of the cluster.
enum Blow: CaseIterable {
    case killFront, killBoth, killWorker, killLauncher, crashDatabase, stopWorker, setClocks, fillDisk
}

/// Numbers that are the same for the same seed (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}

/// Debian's libfaketime: the time of day is what a file says, for the processes that have it preloaded.
struct FakeTime: Sendable {
    private static let library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
    static var isInstalled: Bool { FileManager.default.fileExists(atPath: library) }

    let file: String

    init(file: String) throws {
        self.file = file
        try set(.zero)
    }

    /// Sets the clocks so far from the real time.
    func set(_ lead: Duration) throws {
        let seconds = lead.components.seconds
        try "\(seconds < 0 ? "" : "+")\(seconds)".write(toFile: file, atomically: true, encoding: .utf8)
    }

    /// What stands before a command. The library adds to the environment, in whose old place Swift would look for the
    /// arguments; started a second time in the same process, it need not.
    var prefix: [String] {
        [
            "LD_PRELOAD=\(Self.library)", "FAKETIME_TIMESTAMP_FILE=\(file)", "FAKETIME_NO_CACHE=1",
            "FAKETIME_DONT_FAKE_MONOTONIC=1", "/usr/bin/env",
        ]
    }

    /// Removes the shared memory of processes that were killed.
    static func tidy() {
        let directory = "/dev/shm"
        for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
            guard name.hasPrefix("faketime_shm_") || name.hasPrefix("sem.faketime_sem_"),
                let process = name.split(separator: "_").last.flatMap({ pid_t($0) }), kill(process, 0) != 0
            else { continue }
            unlink("\(directory)/\(name)")
        }
    }
}
