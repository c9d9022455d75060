import Foundation
import Glibc

/// What figures depend on. Names no host and no user.
package struct MachineFacts: Sendable, Hashable, Codable {
    package var cpu: String
    package var cpus: Int
    package var memoryBytes: Int
    package var kernel: String
    package var system: String
    package var architecture: String
    package var cgroups: String
    /// File system of the data.
    package var fileSystem: String
    /// Processes that wanted a CPU in the minute before.
    package var loadBefore: Double
    /// The same at the end.
    package var loadAfter: Double?
    package var assay: String
    package var build: String

    /// Asks this machine. `directory` is where the data lies.
    package static func current(assay: String, directory: String) -> MachineFacts {
        var name = utsname()
        uname(&name)
        return MachineFacts(
            cpu: field("model name", of: "/proc/cpuinfo") ?? "unknown",
            cpus: ProcessInfo.processInfo.activeProcessorCount,
            memoryBytes: kilobytes("MemTotal") * 1024, kernel: text(name.release), system: systemName,
            architecture: text(name.machine), cgroups: cgroups, fileSystem: fileSystem(of: directory),
            loadBefore: load, assay: assay, build: isDebug ? "debug" : "release")
    }

    /// The load average of the last minute.
    package static var load: Double {
        var loads = [0.0]
        return getloadavg(&loads, 1) == 1 ? loads[0] : 0
    }

    /// Whether the processes of this session go before others: then the kernel's own threads wait, and
    /// what they have to do for the end of a sandbox takes a thousand times as long on a busy machine.
    package static var isFavoured: Bool {
        // `/autogroup-7 nice -19`
        let group = (try? String(contentsOfFile: "/proc/self/autogroup", encoding: .utf8)) ?? ""
        let nice = group.split(separator: " ").last.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        return (nice ?? 0) < 0
    }

    /// Bytes that programs could still have.
    package static var availableMemory: Int { kilobytes("MemAvailable") * 1024 }

    private static var isDebug: Bool {
        var debug = false
        assert(
            {
                debug = true; return true
            }())
        return debug
    }

    private static func kilobytes(_ name: String) -> Int {
        Int(field(name, of: "/proc/meminfo")?.split(separator: " ").first ?? "") ?? 0
    }

    private static func field(_ name: String, of file: String) -> String? {
        let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces)
    }

    private static var systemName: String {
        let text = (try? String(contentsOfFile: "/etc/os-release", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
        return line.map { $0.dropFirst(12).filter { $0 != "\"" } } ?? "Linux"
    }

    private static var cgroups: String {
        let mounts = (try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? ""
        let types = Set(mounts.split(separator: "\n").compactMap { $0.split(separator: " ").dropFirst(2).first })
        switch (types.contains("cgroup"), types.contains("cgroup2")) {
        case (true, true): return "version 1, version 2 beside it"
        case (true, false): return "version 1"
        case (false, true): return "version 2"
        case (false, false): return "none"
        }
    }

    private static func fileSystem(of directory: String) -> String {
        let mounts = (try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? ""
        var best: (path: Substring, type: Substring)?
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 2 else { continue }
            let path = fields[1]
            guard directory == path || directory.hasPrefix(path == "/" ? "/" : path + "/") else { continue }
            if path.count >= best?.path.count ?? 0 { best = (path, fields[2]) }
        }
        return best.map { String($0.type) } ?? "unknown"
    }

    private static func text<Tuple>(_ tuple: Tuple) -> String {
        withUnsafeBytes(of: tuple) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
