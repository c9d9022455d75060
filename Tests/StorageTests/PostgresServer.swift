import Foundation
import Storage
import Testing

/// A PostgreSQL server of the tests' own: on a free port of the loopback interface, with its data in a directory of
/// its own. It refuses to run as root, so root starts it as the user `postgres`.
struct PostgresServer: Sendable {
    let directory: String
    let port: UInt16
    private let binaries: String

    /// Where Debian keeps the newest server's programs; `nil` when none is installed.
    static let binaries: String? = {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        let newest = versions.compactMap(Int.init).max()
        return newest.map { "/usr/lib/postgresql/\($0)/bin" }
    }()

    static var isInstalled: Bool { binaries != nil }

    /// Makes and starts one; it keeps its files in `directory`, which must be there.
    init(in directory: String, settings: [String] = []) throws {
        binaries = try #require(Self.binaries)
        self.directory = directory
        port = try Self.freePort()
        if geteuid() == 0 { try run("/usr/bin/chown", "postgres", directory) }
        try runAsServer(
            "initdb", "--pgdata", data, "--auth", "trust", "--username", "assay", "--encoding", "UTF8", "--locale", "C",
            "--wal-segsize", "1", "--no-sync")
        let configuration = [
            "listen_addresses = '127.0.0.1'", "port = \(port)", "unix_socket_directories = ''",
            "max_connections = 60", "shared_buffers = '16MB'", "min_wal_size = '2MB'", "max_wal_size = '16MB'",
            "log_min_messages = panic",
        ]
        let text = (configuration + settings).joined(separator: "\n") + "\n"
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(data)/postgresql.conf"))
        try file.seekToEnd()
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
        try start()
    }

    var data: String { "\(directory)/data" }

    func start() throws {
        try runAsServer("pg_ctl", "start", "--pgdata", data, "--wait", "--silent", "--log", "\(directory)/log")
    }

    /// `immediate` is a crash: the next start recovers.
    func stop(_ mode: String = "fast") throws {
        try runAsServer("pg_ctl", "stop", "--pgdata", data, "--wait", "--silent", "--mode", mode)
    }

    /// Kills all its processes, as when the machine loses power.
    func crash() throws {
        let first = try processID
        kill(first, SIGKILL)
        // The others end by themselves when the first is gone; the next start wants that. The first may have become
        // our child when `pg_ctl` ended: until it is waited for, it counts as running.
        for _ in 0..<200 {
            waitpid(first, nil, WNOHANG)
            if try processes.isEmpty, kill(first, 0) != 0 { return }
            usleep(50_000)
        }
    }

    /// All that run in its data directory.
    private var processes: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { process in
                Int(process) != nil
                    && (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/cwd")) == data
            }
        }
    }

    /// The server's first process.
    var processID: pid_t {
        get throws {
            let text = try String(contentsOfFile: "\(data)/postmaster.pid", encoding: .utf8)
            return try #require(text.split(separator: "\n").first.flatMap { pid_t($0) })
        }
    }

    func url(_ database: String, parameters: String = "") -> String {
        "postgres://assay@127.0.0.1:\(port)/\(database)?\(parameters)"
    }

    /// The URL of a new, empty database.
    func makeDatabase() throws -> String {
        let name = "t" + UUID().uuidString.replacingOccurrences(of: "-", with: "").lowercased()
        try execute("CREATE DATABASE \(name)")
        return url(name)
    }

    func execute(_ sql: String, database: String = "postgres") throws {
        try run("\(binaries)/psql", "--quiet", "--no-psqlrc", "--output", "/dev/null", "--command", sql, url(database))
    }

    private func runAsServer(_ program: String, _ arguments: String...) throws {
        let command = ["\(binaries)/\(program)"] + arguments
        let asServer = ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        do {
            try spawn(geteuid() == 0 ? asServer + command : command)
        } catch {
            Issue.record("\(program): \(log)")
            throw error
        }
    }

    private var log: String { (try? String(contentsOfFile: "\(directory)/log", encoding: .utf8)) ?? "" }

    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        try #require(bound)
        return UInt16(bigEndian: address.sin_port)
    }
}

/// Starts a server for a suite and stops it afterwards.
struct WithPostgresServer: SuiteTrait, TestScoping {
    let isRecursive = false

    @TaskLocal static var current: PostgresServer?

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            // Nothing here needs to survive a power cut.
            let server = try PostgresServer(in: directory, settings: ["fsync = off"])
            try await Self.$current.withValue(server) { try await function() }
            try server.stop()
        }
    }
}
