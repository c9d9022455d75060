import Glibc

/// Mounts of this host.
enum MountTable {
    /// Attaches a file system.
    static func mount(
        _ source: String, at target: String, type: String, flags: Int = 0, options: String
    ) throws(SandboxError) {
        guard Glibc.mount(source, target, type, UInt(flags), options) == 0 else {
            throw .setupFailed(step: "mount \(type) at \(target)", errno: errno)
        }
    }

    /// Takes away what is mounted at or below `path`, the innermost first. Whoever uses it still keeps it until then.
    static func detach(below path: String) {
        for point in points(HostFile.text("/proc/self/mountinfo")).reversed()
        where point == path || point.hasPrefix(path + "/") {
            umount2(point, Int32(MNT_DETACH))
        }
    }

    /// Mount points in the order in which they were mounted.
    static func points(_ mountinfo: String) -> [String] {
        mountinfo.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            return fields.count > 4 ? unescaped(fields[4]) : nil
        }
    }

    /// The table writes spaces, tabs, newlines and backslashes as octal numbers.
    private static func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
