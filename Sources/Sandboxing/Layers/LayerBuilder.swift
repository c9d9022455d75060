package import Core
import Glibc

/// Runs a set-up script once and keeps what it changed as a directory that sandboxes can have over the host's programs
/// (`SandboxImage.layer`). The launcher's binary does it, as a process of its own (`layer.c`), in a cgroup of its own.
package struct LayerBuilder: Sendable {
    /// The launcher's binary; `nil` looks beside the running program.
    package var programPath: String?
    /// Name of the cgroup, below the root of each hierarchy, that holds the script's.
    package var cgroup: String
    package var limits: SetUpLimits
    package var extraBinds: [String]

    package init(
        programPath: String? = nil, cgroup: String = "assay-layers", limits: SetUpLimits = SetUpLimits(),
        extraBinds: [String] = []
    ) {
        self.programPath = programPath
        self.cgroup = cgroup
        self.limits = limits
        self.extraBinds = extraBinds
    }

    /// How a script ended, and the end of what it printed.
    package struct Outcome: Sendable, Hashable {
        package var ending: Ending
        package var output: String
    }

    /// Bytes of a script's output that are kept.
    static let outputLength = 8 << 10
    /// Between two looks at what it used.
    private static let lookInterval = Duration.milliseconds(100)

    /// Runs `setUp` and, if it ended with 0, leaves `root` and `home` (what it left in `/autograder`) in `directory`,
    /// which is empty or not there before.
    package func build(_ setUp: SetUp, in directory: String) async throws(SandboxError) -> Outcome {
        let work = directory + ".work"
        defer { HostFile.removeTree(work) }
        for path in [directory, work, work + "/place", work + "/source"] { try HostFile.makeDirectories(path) }
        try write(setUp.files, below: work + "/source")
        let layout = try await base(at: work + "/base")
        let output = try Descriptor.memoryFile("output")
        guard let groups = ControlGroups(parent: cgroup) else {
            throw .cannotEnforce("memory and process limits: no cgroup can be made")
        }
        let name = directory.split(separator: "/").last.map(String.init) ?? "layer"
        // What a service that was killed left under the same name.
        await groups.group(name).remove()
        do throws(SandboxError) {
            let group = try groups.make(name, cpus: [])
            try limit(group)
            let process = try ChildProcess.spawn(
                try arguments(setUp, work, directory, layout, group), output: output)
            let ending = try await ending(of: process, in: group)
            await Self.remove(name, of: groups)
            return Outcome(ending: ending, output: Self.end(of: output))
        } catch {
            await Self.remove(name, of: groups)
            throw error
        }
    }

    /// Scripts are rare: between two of them nothing stays.
    private static func remove(_ name: String, of groups: ControlGroups) async {
        await groups.group(name).remove()
        groups.removeParentIfEmpty()
    }

    private func arguments(
        _ setUp: SetUp, _ work: String, _ target: String, _ layout: RootLayout, _ group: ControlGroup
    ) throws(SandboxError) -> [String] {
        guard let program = programPath ?? HostPaths.programDirectory().map({ $0 + "/assay-launcher" }) else {
            throw .unavailable(backend: .native, reason: "the launcher's path is unknown")
        }
        return [
            program, "layer", work + "/place", layout.skeleton, target, "\(limits.size)", work + "/source",
            limits.hasNetwork ? "host" : "none",
        ] + group.directories.values.sorted() + ["--"] + layout.binds.map(\.host) + ["--"] + setUp.command
    }

    private func write(_ files: [SourceFile], below directory: String) throws(SandboxError) {
        for file in files {
            let path = "\(directory)/\(file.path)"
            try HostFile.makeDirectories(String(path[..<path.lastIndex(of: "/")!]))
            try HostFile.create(path, file.contents, mode: file.isExecutable ? 0o755 : 0o644)
        }
    }

    // MARK: base

    /// Beyond what sandboxes see, what package managers read. Nothing of it is secret.
    private static let settings = [
        "/etc/apt/sources.list", "/etc/apt/sources.list.d", "/etc/apt/trusted.gpg.d", "/etc/apt/keyrings",
        "/etc/apt/apt.conf.d", "/etc/apt/preferences.d", "/etc/dpkg", "/etc/debian_version", "/etc/os-release",
        "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ld.so.cache", "/etc/ssl/certs", "/etc/ssl/openssl.cnf",
        "/etc/ca-certificates.conf", "/etc/services", "/etc/protocols", "/etc/shells", "/etc/adduser.conf",
        "/etc/deluser.conf",
    ]
    private static let packages = "/var/lib/dpkg"

    private func base(at path: String) async throws(SandboxError) -> RootLayout {
        let layout = try RootLayout.make(at: path, extraBinds: extraBinds + [Self.packages])
        for directory in [
            "var/lib/apt/lists/partial", "var/cache/apt/archives/partial", "var/log/apt", "root", "opt", "home", "srv",
            "run", "etc/apt", "etc/ssl",
        ] {
            try HostFile.makeDirectories("\(path)/\(directory)")
        }
        for file in Self.settings where access(file, F_OK) == 0 {
            // A link of the host's may lead to what is not there; then so does the copy.
            _ = try await ChildProcess.output(of: ["/bin/cp", "-aT", file, path + file])
        }
        for name in ["passwd", "group"] {
            // The system's own users: packages that are installed gave them files.
            let lines = HostFile.text("/etc/" + name).split(separator: "\n").filter(Self.isOfSystem)
            try HostFile.create("\(path)/etc/\(name)", Array((lines.joined(separator: "\n") + "\n").utf8))
        }
        if limits.hasNetwork {
            for name in ["resolv.conf", "hosts"] {
                try HostFile.create("\(path)/etc/\(name)", Array(HostFile.text("/etc/\(name)").utf8))
            }
        }
        return layout
    }

    private static func isOfSystem(_ line: Substring) -> Bool {
        let fields = line.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count > 2, let number = Int(fields[2]) else { return false }
        return number < 1000 || number == 65534
    }

    // MARK: limits

    private func limit(_ group: ControlGroup) throws(SandboxError) {
        try group.limitMemory(limits.memory + limits.size)
        guard let directory = group.directories["pids"] ?? group.directories[""],
            HostFile.write("\(limits.processes)", to: directory + "/pids.max")
        else { throw .cannotEnforce("process limits") }
    }

    private func ending(of process: ChildProcess, in group: ControlGroup) async throws(SandboxError) -> Ending {
        let start = ContinuousClock.now
        while true {
            if let status = await process.wait(atMost: Self.lookInterval) {
                switch status {
                case .signalled(let signal): return group.oomKills > 0 ? .overMemory : .signalled(signal)
                case .exited(let code):
                    if code != 0, group.oomKills > 0 { return .overMemory }
                    return .exited(code)
                }
            }
            if Task.isCancelled { return try await end(process, group, .cancelled) }
            if group.cpuTime > limits.cpuTime { return try await end(process, group, .overCPUTime) }
            if ContinuousClock.now - start > limits.wallTime { return try await end(process, group, .overWallTime) }
        }
    }

    /// The first process takes the rest with it: they are in its process namespace.
    private func end(
        _ process: ChildProcess, _ group: ControlGroup, _ ending: Ending
    ) async throws(SandboxError) -> Ending {
        process.kill()
        await group.remove()
        await process.wait()
        return ending
    }

    private static func end(of output: Descriptor) -> String {
        var buffer = [UInt8](repeating: 0, count: outputLength)
        let count = pread(output.number, &buffer, buffer.count, off_t(max(0, output.size - outputLength)))
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}
