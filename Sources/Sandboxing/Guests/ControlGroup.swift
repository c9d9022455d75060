import Glibc

/// The control groups of this host, version 1 or 2, as far as sandboxes of other technologies need them: the service
/// makes a directory for each sandbox, the guest enters it and does the rest.
struct ControlGroups: Sendable {
    /// 1 or 2.
    let version: Int
    /// The root of each controller's hierarchy; in version 2 the same for all.
    private let roots: [String: String]
    /// The roots of all hierarchies, those that we need nothing of among them: some runtimes make a cgroup in each, and leave
    /// it when they are killed.
    private let allRoots: [String]
    /// Name of the cgroup below each root that holds the sandboxes'.
    let parent: String

    static let controllers = ["memory", "pids", "cpuacct", "cpuset"]

    /// `nil` if there are none that can be used.
    init?(parent: String) {
        self.parent = parent
        var roots: [String: String] = [:]
        var unified: String?
        var allRoots: [String] = []
        for line in HostFile.text("/proc/self/mounts").split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count >= 4 else { continue }
            let (path, type, options) = (String(fields[1]), fields[2], fields[3].split(separator: ","))
            if type == "cgroup2", unified == nil { unified = path }
            if type.hasPrefix("cgroup") { allRoots.append(path) }
            guard type == "cgroup" else { continue }
            for controller in Self.controllers where options.contains(Substring(controller)) && roots[controller] == nil
            {
                roots[controller] = path
            }
        }
        self.allRoots = allRoots
        if let unified {
            let available = HostFile.text(unified + "/cgroup.controllers").split { $0 == " " || $0 == "\n" }
            if available.contains("memory"), available.contains("pids") {
                version = 2
                self.roots = ["": unified]
                return
            }
        }
        guard roots["memory"] != nil, roots["pids"] != nil, roots["cpuacct"] != nil else { return nil }
        version = 1
        self.roots = roots
    }

    /// Limits that cannot be enforced.
    var hasCPUSets: Bool {
        version == 1
            ? roots["cpuset"] != nil : HostFile.text(roots[""]! + "/cgroup.controllers").contains("cpuset")
    }

    /// Makes the cgroup of a sandbox, pinned to `cpus`.
    func make(_ name: String, cpus: [Int]) throws(SandboxError) -> ControlGroup {
        for (controller, root) in roots {
            let holder = "\(root)/\(parent)"
            let directory = "\(holder)/\(name)"
            for attempt in 1... {
                try makeDirectory(holder)
                if version == 2 { delegate(root, holder) }
                if controller == "cpuset" { try inheritCPUs(from: root, to: holder) }
                do {
                    try makeDirectory(directory)
                    break
                } catch  where attempt < 10 && access(holder, F_OK) != 0 {
                    // Another process removed the holder, which was empty until now.
                    continue
                }
            }
            if controller == "cpuset" { try inheritCPUs(from: holder, to: directory) }
        }
        let group = group(name)
        if !cpus.isEmpty { try group.pin(to: cpus) }
        return group
    }

    /// The group of a sandbox that was made before.
    func group(_ name: String) -> ControlGroup {
        ControlGroup(
            version: version, directories: roots.mapValues { "\($0)/\(parent)/\(name)" },
            allDirectories: allRoots.map { "\($0)/\(parent)/\(name)" }, pathInHierarchy: "/\(parent)/\(name)")
    }

    /// Removes the holder of the groups if it holds none.
    func removeParentIfEmpty() {
        for root in allRoots { rmdir("\(root)/\(parent)") }
    }

    /// Names of the groups that there are.
    func names() -> [String] {
        Set(allRoots.flatMap { HostFile.directories("\($0)/\(parent)") }).sorted()
    }

    private func makeDirectory(_ path: String) throws(SandboxError) {
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw .setupFailed(step: "make \(path)", errno: errno) }
    }

    private func delegate(_ directories: String...) {
        for directory in directories {
            for controller in ["memory", "pids", "cpuset"] {
                _ = HostFile.write("+" + controller, to: directory + "/cgroup.subtree_control")
            }
        }
    }

    /// A cpuset holds nobody until it has CPUs and memory nodes.
    private func inheritCPUs(from parent: String, to directory: String) throws(SandboxError) {
        for file in ["/cpuset.mems", "/cpuset.cpus"] where HostFile.text(directory + file).count <= 1 {
            guard HostFile.write(HostFile.text(parent + file), to: directory + file) else {
                throw .setupFailed(step: "write \(directory + file)", errno: errno)
            }
        }
    }
}

/// The cgroup of one sandbox, as seen from outside.
struct ControlGroup: Sendable {
    let version: Int
    /// By controller; in version 2 there is one, under the empty name.
    let directories: [String: String]
    /// In every hierarchy, where a runtime may have made more of them for the same sandbox.
    let allDirectories: [String]

    /// Where it lies below the root of every hierarchy, as runtimes want to be told.
    let pathInHierarchy: String

    func pin(to cpus: [Int]) throws(SandboxError) {
        guard let directory = directories["cpuset"] ?? directories[""] else { throw .cannotEnforce("CPU pinning") }
        let list = cpus.map(String.init).joined(separator: ",")
        guard HostFile.write(list, to: directory + "/cpuset.cpus") else {
            throw .cannotEnforce("pinning to CPUs \(list)")
        }
    }

    /// Lets a user who is not root enter it and limit what is in it.
    func give(to user: uid_t) {
        for directory in directories.values {
            chown(directory, user, gid_t.max)
            for file in HostFile.entries(directory) { chown("\(directory)/\(file)", user, gid_t.max) }
        }
    }

    /// CPU time of all its processes, those that ended included.
    var cpuTime: Duration {
        version == 2
            ? .microseconds(number("", "cpu.stat", after: "usage_usec"))
            : .nanoseconds(number("cpuacct", "cpuacct.usage"))
    }

    var oomKills: Int {
        version == 2
            ? number("", "memory.events", after: "oom_kill") : number("memory", "memory.oom_control", after: "oom_kill")
    }

    var memoryUsage: Int {
        version == 2 ? number("", "memory.current") : number("memory", "memory.usage_in_bytes")
    }

    var memoryPeak: Int {
        version == 2 ? number("", "memory.peak") : number("memory", "memory.max_usage_in_bytes")
    }

    func resetPeak() {
        _ = HostFile.write(
            "0", to: version == 2 ? path("", "memory.peak") : path("memory", "memory.max_usage_in_bytes"))
    }

    /// Limits memory and swap together; `nil` lifts the limit.
    func limitMemory(_ bytes: Int?) throws(SandboxError) {
        let files =
            version == 2
            ? [path("", "memory.max")]
            : [path("memory", "memory.limit_in_bytes"), path("memory", "memory.memsw.limit_in_bytes")]
        let text = bytes.map(String.init) ?? (version == 2 ? "max" : "-1")
        if version == 2 { _ = HostFile.write("0", to: path("", "memory.swap.max")) }
        // With swap may never be less than without: one of the two orders works.
        for file in files + files where access(file, F_OK) == 0 { _ = HostFile.write(text, to: file) }
        let limit = version == 2 ? number("", "memory.max") : number("memory", "memory.limit_in_bytes")
        if let bytes, limit == 0 || limit > bytes { throw .setupFailed(step: "limit memory", errno: EBUSY) }
    }

    /// Kills what is left in it and removes it.
    func remove() async {
        for directory in allDirectories {
            for _ in 0..<400 {
                guard access(directory, F_OK) == 0 else { break }
                for pid in HostFile.text(directory + "/cgroup.procs").split(separator: "\n").compactMap({ pid_t($0) })
                where pid > 1 { kill(pid, SIGKILL) }
                for child in HostFile.directories(directory) { rmdir("\(directory)/\(child)") }
                if rmdir(directory) == 0 || errno == ENOENT { break }
                // Outlives a cancelled caller: the kernel needs a moment after the last process.
                await Task.detached { try? await Task.sleep(for: .milliseconds(5)) }.value
            }
        }
    }

    private func path(_ controller: String, _ file: String) -> String { "\(directories[controller] ?? "")/\(file)" }

    /// The number in a control file, or after `key` at the start of a line.
    private func number(_ controller: String, _ file: String, after key: String? = nil) -> Int {
        let text = HostFile.text(path(controller, file))
        guard let key else { return Int(text.prefix { $0.isNumber }) ?? 0 }
        let line = text.split(separator: "\n").first { $0.hasPrefix(key + " ") }
        return line.flatMap { Int($0.dropFirst(key.count + 1)) } ?? 0
    }
}
