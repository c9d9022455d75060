import Foundation
import PostgresFixture
import Testing

/// Three nodes on one machine: one that takes submissions, one that grades them, one that does both. Their database lies
/// on a small disk; its clock and the worker's can be set.
actor Cluster {
    /// How long a node may be silent before others take its work.
    static let lease = Duration.seconds(4)

    private enum Name: String, CaseIterable { case front, both, worker }

    private let directory: String
    private let disk: SmallDisk
    private let database: PostgresServer
    private let url: String
    private let time: FakeTime
    private var random: SeededNumbers
    private var nodes: [Name: AssayServer] = [:]
    private let identities = Dictionary(uniqueKeysWithValues: Name.allCases.map { ($0, AssayServer.Identity()) })

    init(in directory: String, seed: UInt64) async throws {
        self.directory = directory
        random = SeededNumbers(seed: seed &+ 1)
        time = try FakeTime(file: directory + "/time")
        try FileManager.default.createDirectory(atPath: directory + "/languages", withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: Checkout.root + "/Languages/bash.yaml", toPath: directory + "/languages/bash.yaml")
        // The server's user must get there.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory)
        disk = try await SmallDisk(at: directory + "/disk", megabytes: 128)
        do {
            database = try PostgresServer(in: disk.path, environment: time.prefix)
            url = try database.makeDatabase()
        } catch {
            await disk.unmount()
            throw error
        }
        do {
            for name in [Name.worker, .both, .front] { try await start(name) }
        } catch {
            await stop()
            throw error
        }
    }

    func stop() async {
        for node in nodes.values { await node.stop() }
        try? database.stop("immediate")
        await disk.unmount()
        FakeTime.tidy()
    }

    /// Where submissions are taken now.
    var fronts: [AssayServer] { [nodes[.front], nodes[.both]].compactMap { $0 } }

    /// The ends of what the nodes said since they were started last.
    var logs: String {
        Name.allCases.map { name in
            let text = try? String(contentsOfFile: "\(directory)/\(name.rawValue)/serve.err", encoding: .utf8)
            return "\(name.rawValue): " + (text ?? "").suffix(1500)
        }.joined(separator: "\n")
    }

    /// Returns when everything runs again.
    func take(_ blow: Blow) async throws {
        switch blow {
        case .killFront: try await restart(.front)
        case .killBoth: try await restart(.both)
        case .killWorker: try await restart(.worker)
        case .killLauncher:
            for launcher in launchers(of: try #require(nodes[.worker])) { kill(launcher, SIGKILL) }
        case .crashDatabase:
            try database.crash()
            try await pause(0...500)
            try database.start()
        case .stopWorker:
            let worker = try #require(nodes[.worker])
            worker.signal(SIGSTOP)
            try await Task.sleep(for: Self.lease + .seconds(1))
            worker.signal(SIGCONT)
        case .setClocks:
            for lead in [Duration.seconds(3600), .seconds(-7200), .zero] {
                try time.set(lead)
                // The library looks once a second.
                try await Task.sleep(for: .milliseconds(1200))
            }
        case .fillDisk: try await fillDisk()
        }
    }

    private func start(_ name: Name) async throws {
        let role = name == .front ? "api" : name == .worker ? "worker" : "all"
        let place = directory + "/" + name.rawValue
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        nodes[name] = try await AssayServer(
            directory: place, identity: try #require(identities[name]),
            settings: [
                "database=\(url)", "role=\(role)", "node=\(name.rawValue)", "languages=\(directory)/languages",
                "lease=\(Self.lease.components.seconds)s", "slots=1", "pool=2",
            ], environment: name == .worker ? time.prefix : [])
    }

    private func restart(_ name: Name) async throws {
        await nodes.removeValue(forKey: name)?.kill()
        try await pause(0...500)
        try await start(name)
    }

    private func pause(_ milliseconds: ClosedRange<Int>) async throws {
        try await Task.sleep(for: .milliseconds(Int.random(in: milliseconds, using: &random)))
    }

    /// Nothing more can be written for a second; the database server may not survive it.
    private func fillDisk() async throws {
        try disk.fill()
        try await Task.sleep(for: .seconds(1))
        try disk.clear()
        if !database.isRunning { try database.start() }
    }

    /// The launchers that `node` started.
    private func launchers(of node: AssayServer) -> [pid_t] {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.compactMap { pid_t($0) }.filter { process in
            let status = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
            // The name may hold anything; the fields follow its closing parenthesis.
            let fields = status.split(separator: ")").last?.split(separator: " ") ?? []
            return status.contains("(assay-launcher)") && fields.count > 1 && Int32(fields[1]) == node.processID
        }
    }
}
