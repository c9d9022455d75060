import Foundation

/// A PostgreSQL server of the tests' own: on a free port of the loopback interface, with its data in a directory of
/// its own. It refuses to run as root, so root starts it as the user `postgres`.
package struct PostgresServer: Sendable {
    package let directory: String
    package let port: UInt16
    /// What stands before the programs that are started, as env(1) takes it.
    private let environment: [String]
    private let binaries: String

    /// Where Debian keeps the newest server's programs; `nil` when none is installed.
    package static let binaries: String? = {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        let newest = versions.compactMap(Int.init).max()
        return newest.map { "/usr/lib/postgresql/\($0)/bin" }
    }()

    package static var isInstalled: Bool { binaries != nil }

    /// Makes and starts one; it keeps its files in `directory`, which must be there.
    package init(in directory: String, settings: [String] = [], environment: [String] = []) throws {
        guard let binaries = Self.binaries else {
            throw PostgresServerError(description: "PostgreSQL is not installed")
        }
        self.binaries = binaries
        self.directory = directory
        self.environment = environment
        port = try Self.freePort()
        if geteuid() == 0 { try spawn(["/usr/bin/chown", "postgres", directory]) }
        try runAsServer(
            "initdb", "--pgdata", data, "--auth", "trust", "--username", "assay", "--encoding", "UTF8", "--locale", "C",
            "--wal-segsize", "1", "--no-sync")
        let configuration = [
            "listen_addresses = '127.0.0.1'", "port = \(port)", "unix_socket_directories = ''",
            "max_connections = 60", "shared_buffers = '16MB'", "min_wal_size = '2MB'", "max_wal_size = '16MB'",
            "log_min_messages = fatal",
        ]
        let text = (configuration + settings).joined(separator: "\n") + "\n"
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(data)/postgresql.conf"))
        try file.seekToEnd()
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
        try start()
    }

    var data: String { "\(directory)/data" }

    package func start() throws {
        try runAsServer("pg_ctl", "start", "--pgdata", data, "--wait", "--silent", "--log", "\(directory)/log")
    }

    /// `immediate` is a crash: the next start recovers.
    package func stop(_ mode: String = "fast") throws {
        try runAsServer("pg_ctl", "stop", "--pgdata", data, "--wait", "--silent", "--mode", mode)
    }

    /// Kills all its processes, as when the machine loses power.
    package func crash() throws {
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

    /// Whether its first process is there.
    package var isRunning: Bool {
        guard let first = try? processID else { return false }
        waitpid(first, nil, WNOHANG)
        return kill(first, 0) == 0
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
    package var processID: Int32 {
        get throws {
            let text = try String(contentsOfFile: "\(data)/postmaster.pid", encoding: .utf8)
            guard let id = text.split(separator: "\n").first.flatMap({ pid_t($0) }) else {
                throw PostgresServerError(description: "postmaster.pid has no process id")
            }
            return id
        }
    }

    package func url(_ database: String, parameters: String = "") -> String {
        "postgres://assay@127.0.0.1:\(port)/\(database)?\(parameters)"
    }

    /// The URL of a new, empty database.
    package func makeDatabase() throws -> String {
        let name = "t" + UUID().uuidString.replacingOccurrences(of: "-", with: "").lowercased()
        try execute("CREATE DATABASE \(name)")
        return url(name)
    }

    package func execute(_ sql: String, database: String = "postgres") throws {
        try spawn([
            "\(binaries)/psql", "--quiet", "--no-psqlrc", "--output", "/dev/null", "--command", sql, url(database),
        ])
    }

    private func runAsServer(_ program: String, _ arguments: String...) throws {
        let command = ["/usr/bin/env"] + environment + ["\(binaries)/\(program)"] + arguments
        let asServer = ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        do {
            try spawn(geteuid() == 0 ? asServer + command : command)
        } catch let error as PostgresServerError {
            let log = (try? String(contentsOfFile: "\(directory)/log", encoding: .utf8)) ?? ""
            throw PostgresServerError(description: "\(program): \(error)\nits log: \(log)")
        }
    }

    /// Runs a program and throws, with what it said, when that fails. Not by Foundation's `Process`, which waits until
    /// everything that the program started has ended too.
    private func spawn(_ command: [String]) throws {
        let errors = "\(directory)/errors"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o666)
        let arguments = command.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var (child, status) = (pid_t(0), Int32(0))
        let error = posix_spawn(&child, command[0], &actions, nil, arguments, environ)
        guard error == 0 else {
            throw PostgresServerError(description: "\(command): \(String(cString: strerror(error)))")
        }
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else {
                throw PostgresServerError(description: "waitpid: \(String(cString: strerror(errno)))")
            }
        }
        guard status == 0 else {
            let said = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
            throw PostgresServerError(description: "\(command) ended with the wait status \(status): \(said)")
        }
    }

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
        guard bound else { throw PostgresServerError(description: "there is no free port") }
        return UInt16(bigEndian: address.sin_port)
    }
}

/// Why a server of the tests could not be made, started or stopped.
package struct PostgresServerError: Error, CustomStringConvertible {
    package let description: String
}
