import Foundation

/// The memory limit of the control groups that this process lives in: in a container, it and not the machine's memory
/// is what can be had.
enum ControlGroupMemory {
    /// Bytes that may still be used; `nil` where there is no limit.
    static func left(root: String = "/sys/fs/cgroup", membership: String = "/proc/self/cgroup") -> Int? {
        let lines = text(membership)?.split(separator: "\n") ?? []
        var least: Int?
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let found: Int?
            if parts[1].isEmpty {
                found = left(from: root, String(parts[2]), limit: "memory.max", usage: "memory.current")
            } else if parts[1].split(separator: ",").contains("memory") {
                found = left(
                    from: root + "/memory", String(parts[2]), limit: "memory.limit_in_bytes",
                    usage: "memory.usage_in_bytes")
            } else {
                continue
            }
            if let found { least = min(least ?? .max, found) }
        }
        return least
    }

    /// The least that any group on the way from `path` to the root leaves. A container sees its own group as the root.
    private static func left(from root: String, _ path: String, limit: String, usage: String) -> Int? {
        var parts = path.split(separator: "/")
        var least: Int?
        while true {
            let group = ([root] + parts.map(String.init)).joined(separator: "/")
            if let limit = number(group + "/" + limit), limit < unlimited, let used = number(group + "/" + usage) {
                least = min(least ?? .max, max(0, limit - used))
            }
            guard parts.popLast() != nil else { return least }
        }
    }

    /// Version 1 writes a number near the largest there is for "none".
    private static let unlimited = Int.max / 2

    private static func number(_ path: String) -> Int? {
        text(path).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
