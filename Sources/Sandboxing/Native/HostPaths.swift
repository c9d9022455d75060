import Glibc

/// Paths of this host that the native backend starts from.
enum HostPaths {
    /// The directory of the running program.
    static func programDirectory() -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let size = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard size > 0 else { return nil }
        let path = String(decoding: buffer[..<size].map(UInt8.init(bitPattern:)), as: UTF8.self)
        return path.lastIndex(of: "/").map { String(path[..<$0]) }
    }

    /// Directories of `/etc` whose names begin with one of `prefixes`.
    static func configurationDirectories(_ prefixes: [String]) -> [String] {
        guard let directory = opendir("/etc") else { return [] }
        defer { closedir(directory) }
        var found: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            let path = "/etc/" + name
            guard prefixes.contains(where: { name.hasPrefix($0) }), isDirectory(path) else { continue }
            found.append(path)
        }
        return found.sorted()
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
