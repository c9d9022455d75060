import CLinux
import Core
import Glibc

/// What can be seen of a sandbox from outside as long as anything of it is left.
struct SandboxTraces: Sendable {
    /// How long it waits at most for the kernel to say that something went, in milliseconds.
    private static let interval: Int32 = 10

    /// A directory that is the last thing to go: a cgroup of ours, or the place of a guest. Its number tells it from the
    /// next one of the same name.
    private let path: String
    private let number: UInt
    /// In version 1 a cgroup of ours may wait for the next sandbox: it is gone when none of these is in it.
    private let processes: Set<Substring>
    /// Each can be read when something of it went.
    private let announcements: [Descriptor]

    /// `nil` where nothing of it can be seen.
    init?(of sandbox: any Sandbox, in backend: any SandboxBackend, image: SandboxImage) async {
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
        let parent = String(path[..<path.lastIndex(of: "/")!])
        let numbers =
            processes.isEmpty
            ? [linux_watch_removals(parent)] : processes.compactMap { Int32($0) }.map(linux_pidfd_open)
        announcements = numbers.filter { $0 >= 0 }.map { Descriptor($0) }
    }

    /// Returns when nothing is left, or `isLate`. To look while it is being removed would take time from those who do that:
    /// it waits until the kernel says that something went.
    func awaitRemoval(unless isLate: () -> Bool) {
        linux_sleep_exactly()
        var awaited = announcements.map { pollfd(fd: $0.number, events: Int16(POLLIN), revents: 0) }
        while remain, !isLate() {
            if awaited.isEmpty {
                usleep(20)
            } else if poll(&awaited, nfds_t(awaited.count), Self.interval) > 0 {
                awaited.removeAll { $0.revents != 0 }
            }
        }
    }

    private var remain: Bool {
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
