import COpenSSL
import Core
import Foundation
import Glibc
package import Logging
package import Sandboxing
import TaskFormats

/// Layers that set-up scripts made, kept below a directory by the SHA-256 of all that decides what is in them, so that
/// each script runs once. When they are more than allowed, those used longest ago go.
package actor LayerStore {
    package struct Configuration: Sendable {
        /// Absolute.
        package var directory: String
        /// Bytes of all layers together.
        package var capacity: Int
        package var builder: LayerBuilder

        package static let defaultCapacity = 8 << 30

        package init(
            directory: String, capacity: Int = Configuration.defaultCapacity, builder: LayerBuilder = LayerBuilder()
        ) {
            self.directory = directory
            self.capacity = capacity
            self.builder = builder
        }
    }

    /// One layer, while somebody uses it.
    struct Lease: Sendable {
        let digest: String
        let image: SandboxImage
        /// What the script left in `/autograder`, for the grader alone.
        let home: [SourceFile]
    }

    private let configuration: Configuration
    private let logger: Logger
    /// Scripts that run now; those who need the same layer wait for the same run.
    private var builds: [String: Task<Void, any Error>] = [:]
    /// Held while this process uses a layer, so that no other removes it.
    private var locks: [String: Lock] = [:]
    private var uses: [String: Int] = [:]
    private var failures: [String: (failure: CheckerFailure, until: ContinuousClock.Instant)] = [:]
    private var last: Task<Void, Never>?

    /// How long a script that failed is not tried again.
    static let failurePause = Duration.seconds(300)
    /// Bytes and files that a script may leave in `/autograder`.
    static let homeLimits = ArchiveLimits(bytes: 64 << 20, files: 5000)

    package init(_ configuration: Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Gives `body` the layer of `setUp`, made if it is not there. Throws `CheckerFailure` if the script failed.
    func withLayer<Result: Sendable>(
        of setUp: SetUp, on backend: any SandboxBackend, _ body: @Sendable (Lease) async throws -> Result
    ) async throws -> Result {
        let lease = try await take(setUp, on: backend)
        do {
            let result = try await body(lease)
            giveBack(lease)
            return result
        } catch {
            giveBack(lease)
            throw error
        }
    }

    /// How many layers there are.
    package var count: Int { digests().count }

    // MARK: use

    private func take(_ setUp: SetUp, on backend: any SandboxBackend) async throws -> Lease {
        let digest = Self.digest(of: setUp)
        if let (failure, until) = failures[digest], until > .now { throw failure }
        uses[digest, default: 0] += 1
        do {
            try await make(digest, setUp, on: backend)
            let home = try home(of: digest)
            touch(digest)
            return Lease(digest: digest, image: .layer(path(digest) + "/root"), home: home)
        } catch {
            uses[digest, default: 1] -= 1
            throw error
        }
    }

    private func giveBack(_ lease: Lease) { uses[lease.digest, default: 1] -= 1 }

    private func make(_ digest: String, _ setUp: SetUp, on backend: any SandboxBackend) async throws {
        if let build = builds[digest] { return try await build.value }
        if isReady(digest), locks[digest] != nil { return }
        // Outlives the caller that happens to be first: others wait for the same run.
        let build = Task { [last] in
            // One after the other: what a script writes is in memory while it runs.
            await last?.value
            try await self.build(digest, setUp, on: backend)
        }
        builds[digest] = build
        last = Task { _ = try? await build.value }
        defer { builds[digest] = nil }
        try await build.value
    }

    private func build(_ digest: String, _ setUp: SetUp, on backend: any SandboxBackend) async throws {
        try makeDirectory()
        let lock = try await lock(digest)
        if !isReady(digest) {
            await makeRoom(on: backend)
            logger.info("running a set-up script", metadata: ["layer": "\(digest)"])
            let temporary = path(digest) + ".new"
            try? FileManager.default.removeItem(atPath: temporary)
            let outcome = try await configuration.builder.build(setUp, in: temporary)
            guard outcome.ending == .exited(0), rename(temporary, path(digest)) == 0 else {
                try? FileManager.default.removeItem(atPath: temporary)
                let failure = CheckerFailure("the set-up script \(outcome.ending.words): \(outcome.output.trimmed)")
                failures[digest] = (failure, .now + Self.failurePause)
                throw failure
            }
        }
        _ = lock.share()
        locks[digest] = lock
    }

    /// Shared where the layer is there, which others may use at this moment; else for this process alone.
    private func lock(_ digest: String) async throws -> Lock {
        while true {
            let lock = try Lock(path(digest) + ".lock")
            if isReady(digest) ? lock.share() && isReady(digest) : lock.take() { return lock }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func home(of digest: String) throws(CheckerFailure) -> [SourceFile] {
        do {
            return try FileTree(directory: path(digest) + "/home", limits: Self.homeLimits).sorted
        } catch { throw CheckerFailure("what the set-up script left in /autograder cannot be kept: \(error)") }
    }

    // MARK: disk

    private func path(_ digest: String) -> String { "\(configuration.directory)/\(digest)" }

    private func isReady(_ digest: String) -> Bool {
        FileManager.default.fileExists(atPath: path(digest) + "/root")
            && FileManager.default.fileExists(atPath: path(digest) + "/home")
    }

    private func makeDirectory() throws {
        try FileManager.default.createDirectory(
            atPath: configuration.directory, withIntermediateDirectories: true,
            // Programs of sandboxes get there by a mount, nobody by its path.
            attributes: [.posixPermissions: 0o700])
    }

    /// When a layer was used last is its directory's time.
    private func touch(_ digest: String) { utimes(path(digest), nil) }

    private func digests() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: configuration.directory)) ?? []
        return names.filter { $0.count == 64 }
    }

    /// Removes layers that nobody uses until there is room for one of the largest size.
    private func makeRoom(on backend: any SandboxBackend) async {
        var layers = digests().map { digest in
            (digest: digest, size: Self.size(of: path(digest)), used: Self.time(of: path(digest)))
        }
        layers.sort { $0.used < $1.used }
        var total = layers.reduce(0) { $0 + $1.size } + configuration.builder.limits.size
        for layer in layers where total > configuration.capacity {
            guard await remove(layer.digest, on: backend) else { continue }
            total -= layer.size
        }
    }

    /// False if somebody uses it.
    private func remove(_ digest: String, on backend: any SandboxBackend) async -> Bool {
        guard uses[digest, default: 0] == 0, await backend.forget(.layer(path(digest) + "/root")),
            uses[digest, default: 0] == 0
        else { return false }
        locks[digest] = nil
        guard let lock = try? Lock(path(digest) + ".lock"), lock.take() else { return false }
        defer { withExtendedLifetime(lock) {} }
        logger.info("removing a layer", metadata: ["layer": "\(digest)"])
        let doomed = path(digest) + ".old"
        guard rename(path(digest), doomed) == 0 else { return false }
        try? FileManager.default.removeItem(atPath: doomed)
        return true
    }

    private static func size(of directory: String) -> Int {
        guard let walk = FileManager.default.enumerator(atPath: directory) else { return 0 }
        var size = 0
        for case let name as String in walk {
            var status = stat()
            if lstat("\(directory)/\(name)", &status) == 0 { size += Int(status.st_blocks) * 512 }
        }
        return size
    }

    private static func time(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_mtim.tv_sec) : 0
    }

    // MARK: digest

    /// Of the script, of every file beside it, and of the packages that the host has: a layer is over the host's own
    /// programs, and other programs may be below it tomorrow.
    private static func digest(of setUp: SetUp) -> String {
        var bytes: [UInt8] = []
        func add(_ part: [UInt8]) { bytes += Array("\(part.count):".utf8) + part }
        for word in setUp.command { add(Array(word.utf8)) }
        for file in setUp.files.sorted(by: { $0.path.string < $1.path.string }) {
            add(Array(file.path.string.utf8))
            add(file.contents)
            add([file.isExecutable ? 1 : 0])
        }
        add(FileTree.contents(of: "/var/lib/dpkg/status") ?? [])
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        SHA256(bytes, bytes.count, &digest)
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// A lock on a layer among processes: whoever uses it shares it, whoever makes or removes it has it alone.
private final class Lock: Sendable {
    private let file: Int32

    /// Has nothing locked yet.
    init(_ path: String) throws {
        file = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw CheckerFailure("\(path) cannot be made: \(String(cString: strerror(errno)))") }
    }

    deinit { close(file) }

    /// False where somebody has it alone.
    func share() -> Bool { flock(file, LOCK_SH | LOCK_NB) == 0 }

    /// False where anybody else has it.
    func take() -> Bool { flock(file, LOCK_EX | LOCK_NB) == 0 }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
