import Glibc

/// What sandboxes could leave behind on this host, counted.
struct HostTrace: Equatable, CustomStringConvertible {
    var processes: [String] = []
    /// Numbers of sandboxes that have a cgroup in any hierarchy.
    var cgroups: Set<String> = []
    var mounts = 0
    /// Network namespaces that processes of sandboxes are in.
    var networks: Set<String> = []
    /// The launcher's.
    var descriptors = 0
    /// This process', which is the service here, by what they are open on.
    var serviceDescriptors: [String: Int] = [:]
    /// Files of the host that belong to users of the sandboxes.
    var files: [String] = []

    /// Everything that belongs to the launcher `pid`, and this process' mounts.
    init(launcher pid: Int32, cgroup: String, users: Range<UInt32> = 0..<0) {
        for entry in Self.names(in: "/proc") {
            guard let process = Int32(entry), Self.parent(of: process) == pid else { continue }
            processes.append("\(process)")
            networks.insert(Self.target(of: "/proc/\(process)/ns/net"))
        }
        for name in Self.names(in: "/proc/self/fd") {
            // Without the number of the file.
            let kind = Self.target(of: "/proc/self/fd/\(name)").filter { !$0.isNumber }
            if !Self.ofDispatch.contains(kind) { serviceDescriptors[kind, default: 0] += 1 }
        }
        for directory in ["/tmp", "/dev/shm", "/run", "/var/tmp", "/dev/mqueue"] {
            files += Self.names(in: directory).map { "\(directory)/\($0)" }.filter {
                var status = stat()
                return lstat($0, &status) == 0 && users.contains(status.st_uid)
            }
        }
        for directory in Self.directories(of: pid, below: cgroup) {
            for name in Self.names(in: directory) where UInt32(name) != nil { cgroups.insert(name) }
        }
        mounts = Self.mounts(of: "self") + Self.mounts(of: "\(pid)")
        descriptors = Self.names(in: "/proc/\(pid)/fd").count {
            // A place keeps its namespaces.
            let target = Self.target(of: "/proc/\(pid)/fd/\($0)")
            return !target.hasPrefix("user:") && !target.hasPrefix("net:")
        }
    }

    /// The launcher's cgroup in each hierarchy.
    static func directories(of launcher: Int32, below cgroup: String) -> [String] {
        // In version 2 the one hierarchy is mounted at the top.
        let hierarchies = names(in: "/sys/fs/cgroup").map { "/sys/fs/cgroup/\($0)" } + ["/sys/fs/cgroup"]
        return hierarchies.map { "\($0)/\(cgroup)" }.flatMap { parent in
            names(in: parent).filter { $0.hasPrefix("launcher-\(launcher)-") }.map { "\(parent)/\($0)" }
        }
    }

    var description: String {
        "processes \(processes), cgroups \(cgroups), mounts \(mounts), networks \(networks), descriptors \(descriptors) "
            + "and \(serviceDescriptors), files \(files)"
    }

    /// What is here and was not in `earlier`, in words; empty when nothing was left.
    func leftSince(_ earlier: HostTrace) -> [String] {
        [
            ("processes", processes.count > earlier.processes.count),
            ("cgroups", cgroups.count > earlier.cgroups.count),
            ("mounts", mounts > earlier.mounts), ("networks", networks.count > earlier.networks.count),
            ("descriptors of the launcher", descriptors > earlier.descriptors),
            (
                "descriptors of the service",
                serviceDescriptors.contains { $1 > earlier.serviceDescriptors[$0, default: 0] }
            ),
            ("files", files.count > earlier.files.count),
        ].filter(\.1).map(\.0)
    }

    /// Dispatch makes them when it first needs them, and keeps them.
    private static let ofDispatch: Set = ["anon_inode:[eventpoll]", "anon_inode:[eventfd]", "anon_inode:[timerfd]"]

    private static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    private static func text(of path: String) -> String {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let size = read(file, &chunk, chunk.count)
            guard size > 0 else { break }
            bytes += chunk[..<size]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Mounts of the kinds that a sandbox has, at the places where a sandbox has them.
    private static func mounts(of process: String) -> Int {
        text(of: "/proc/\(process)/mountinfo").split(separator: "\n").count { line in
            let fields = line.split(separator: " ")
            return fields.count > 4 && ["/work", "/tmp", "/dev/shm", "/proc"].contains(String(fields[4]))
        }
    }

    private static func target(of link: String) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let size = readlink(link, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, size)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func parent(of process: Int32) -> Int32? {
        text(of: "/proc/\(process)/status").split(separator: "\n").first { $0.hasPrefix("PPid:") }
            .flatMap { Int32($0.dropFirst(5).drop { $0 == "\t" }) }
    }
}
