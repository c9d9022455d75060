import CLinux
package import Core
import Glibc

/// Waits until nothing of a sandbox is left. Services answer long before; benchmarks measure it.
package struct SandboxRemoval: Sendable {
    /// A directory that is the last thing to go: a cgroup of ours, or the place of a guest. Its number tells it from the
    /// next one of the same name.
    private let path: String
    private let number: UInt
    /// In version 1 a cgroup of ours may wait for the next sandbox: it is gone when none of these is in it.
    private let processes: Set<Substring>

    /// To be made before the sandbox's last run. `nil` where nothing of it can be seen from outside.
    package init?(of sandbox: any Sandbox, in backend: any SandboxBackend, image: SandboxImage = .host) async {
        if let guest = sandbox as? GuestSandbox {
            path = guest.placePath
        } else if let native = sandbox as? NativeSandbox, let backend = backend as? NativeBackend,
            let pid = try? await backend.launcherProcessID(image: image),
            let groups = Self.groups(of: pid, below: backend.configuration.cgroup)
        {
            path = "\(groups)/\(native.slot)"
        } else {
            return nil
        }
        guard let number = Self.number(of: path) else { return nil }
        self.number = number
        processes = path.contains("/cpuset/") ? Self.processes(in: path) : []
    }

    /// Returns when it is gone, or after `limit`, with the moment when that was seen. Looks every 20 µs, on a thread of its
    /// own: to wake a task takes longer than that.
    package func wait(atMost limit: Duration = .seconds(60)) async -> ContinuousClock.Instant {
        let once = Once<ContinuousClock.Instant>()
        startThread {
            linux_sleep_exactly()
            let end = ContinuousClock.now + limit
            while remains, ContinuousClock.now < end { usleep(20) }
            once.resolve(ContinuousClock.now)
        }
        return await once.value
    }

    private var remains: Bool {
        guard Self.number(of: path) == number else { return false }
        return processes.isEmpty || !processes.isDisjoint(with: Self.processes(in: path))
    }

    private static func processes(in cgroup: String) -> Set<Substring> {
        Set(HostFile.text("\(cgroup)/cgroup.procs").split(separator: "\n"))
    }

    /// In version 1 the hierarchy that the launcher removes last.
    private static func groups(of launcher: Int32, below parent: String) -> String? {
        for root in ["/sys/fs/cgroup/cpuset/\(parent)", "/sys/fs/cgroup/\(parent)"] {
            let own = HostFile.directories(root).first { $0.hasPrefix("launcher-\(launcher)-") }
            if let own { return "\(root)/\(own)" }
        }
        return nil
    }

    private static func number(of path: String) -> UInt? {
        var status = stat()
        return stat(path, &status) == 0 ? UInt(status.st_ino) : nil
    }
}
