import Core
import Foundation
import Glibc
import Sandboxing

/// A container engine that the tests start for themselves, with its own storage and socket, and end with this process.
actor EngineUnderTest {
    static let docker = EngineUnderTest(.docker)
    static let podman = EngineUnderTest(.podman)
    /// Podman of a user who is not root.
    static let podmanRootless = EngineUnderTest(.podmanRootless)

    nonisolated let name: BackendName
    nonisolated let directory: String
    private var process: Process?

    private init(_ name: BackendName) {
        self.name = name
        directory = "\(GuestHost.directory)/\(name)-engine"
    }

    nonisolated var socket: String { directory + "/api.sock" }

    /// Starts the engine if its program is here. False if it does not come up.
    func start() async -> Bool {
        if process != nil { return true }
        let program = name == .docker ? "/usr/sbin/dockerd" : "/usr/bin/podman"
        let needed = name == .podmanRootless ? [program, "/usr/bin/newuidmap", "/usr/bin/setpriv"] : [program]
        guard geteuid() == 0, needed.allSatisfy(FileManager.default.isExecutableFile) else { return false }
        try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        switch name {
        case .docker: process.arguments = dockerArguments
        case .podmanRootless:
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", Self.asOrdinaryUser, directory, program] + podmanArguments
        default: process.arguments = podmanArguments
        }
        // Hosts where limits cannot be raised refuse the engine's own default.
        let configuration = "[containers]\ndefault_ulimits = [\"nofile=4096:4096\", \"nproc=4096:4096\"]\n"
        try? configuration.write(toFile: directory + "/containers.conf", atomically: true, encoding: .utf8)
        process.environment = ProcessInfo.processInfo.environment.merging(
            [
                "CONTAINERS_CONF": directory + "/containers.conf", "HOME": directory + "/home",
                "XDG_RUNTIME_DIR": directory + "/run",
            ]) { $1 }
        _ = FileManager.default.createFile(atPath: directory + "/log", contents: nil)
        let log = FileHandle(forWritingAtPath: directory + "/log")
        process.standardOutput = log
        process.standardError = log
        process.standardInput = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        self.process = process
        enginesToEnd.add(process, directory)
        for _ in 0..<300 {
            if await GuestHost.isAvailable(host) { return true }
            guard process.isRunning else { return false }
            try? await Task.sleep(for: .milliseconds(100))
        }
        return false
    }

    nonisolated var host: SandboxHost {
        let (place, logger) = (GuestHost.configuration, GuestHost.logger)
        let backend =
            switch name {
            case .docker: GuestBackend.docker(place, socket: socket, logger: logger)
            case .podmanRootless: GuestBackend.podmanRootless(place, socket: socket, logger: logger)
            default: GuestBackend.podman(place, socket: socket, logger: logger)
            }
        return SandboxHost(backend: backend)
    }

    /// Becomes the user daemon, who has subordinate ids in a mount namespace of this command's only, and runs the rest
    /// of the arguments. `$0` is the engine's directory.
    private static let asOrdinaryUser = #"""
        mkdir -p "$0/home" "$0/run" && chown -R daemon "$0" && echo daemon:1900000000:65536 > "$0/ids" || exit 1
        exec unshare --mount sh -c '
            mount --bind "$0/ids" /etc/subuid && mount --bind "$0/ids" /etc/subgid || exit 1
            exec setpriv --reuid=daemon --regid=daemon --clear-groups "$@"
        ' "$0" "$@"
        """#

    private var dockerArguments: [String] {
        [
            "--data-root", directory + "/data", "--exec-root", directory + "/exec", "--pidfile", directory + "/pid",
            "--host", "unix://" + socket, "--iptables=false", "--bridge=none", "--exec-opt",
            "native.cgroupdriver=cgroupfs",
        ]
    }

    private var podmanArguments: [String] {
        [
            "--root", directory + "/data", "--runroot", directory + "/exec", "--cgroup-manager=cgroupfs",
            "--storage-driver=" + (name == .podmanRootless ? "vfs" : "overlay"),
            "--events-backend=none", "--runtime=runc", "system", "service", "--time=0", "unix://" + socket,
        ]
    }
}

/// Ends the engines when the tests end.
private let enginesToEnd = EnginesToEnd()

private final class EnginesToEnd: @unchecked Sendable {
    private let lock = NSLock()
    private var engines: [(Process, String)] = []

    func add(_ process: Process, _ directory: String) {
        lock.withLock {
            if engines.isEmpty { atexit { enginesToEnd.end() } }
            engines.append((process, directory))
        }
    }

    func end() {
        for (process, directory) in lock.withLock({ engines }) {
            // Everybody in its process group: without root Podman is two processes, of which the first may end without
            // telling the second.
            kill(-process.processIdentifier, SIGTERM)
            let end = ContinuousClock.now + Self.patience
            while process.isRunning, ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.02) }
            if process.isRunning { kill(-process.processIdentifier, SIGKILL) }
            try? FileManager.default.removeItem(atPath: directory)
        }
    }

    /// How long an engine may take to end.
    private static let patience = Duration.seconds(20)
}
