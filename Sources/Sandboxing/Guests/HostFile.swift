import CLinux
import Glibc

/// Small files and directories of the host.
enum HostFile {
    /// The text of a file, at most 1 MiB; empty if it cannot be read.
    static func text(_ path: String) -> String { String(decoding: bytes(path), as: UTF8.self) }

    /// What a file holds, at most 1 MiB; nothing if it cannot be read.
    static func bytes(_ path: String) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while bytes.count < 1 << 20 {
            let count = read(file, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return bytes
    }

    /// Writes a file that exists, in one call; false with errno.
    static func write(_ text: String, to path: String) -> Bool {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        let bytes = Array(text.utf8)
        let written = Glibc.write(file, bytes, bytes.count)
        let error = errno
        close(file)
        errno = error
        return written == bytes.count
    }

    /// Makes a file anew that holds `bytes`.
    static func create(_ path: String, _ bytes: [UInt8] = [], mode: mode_t = 0o644) throws(SandboxError) {
        let number = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard number >= 0 else { throw .setupFailed(step: "create \(path)", errno: errno) }
        try Descriptor(number).append(bytes)
    }

    /// Makes a directory and those above it.
    static func makeDirectories(_ path: String, mode: mode_t = 0o755) throws(SandboxError) {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/" + part
            guard mkdir(made, mode) == 0 || errno == EEXIST else {
                throw .setupFailed(step: "make directory \(made)", errno: errno)
            }
        }
    }

    /// Names of the directories in a directory.
    static func directories(_ path: String) -> [String] { entries(path).filter { isDirectory("\(path)/\($0)") } }

    /// Names in a directory, without the two that every one has.
    static func entries(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func isReadable(_ path: String) -> Bool { access(path, R_OK) == 0 }

    /// A directory itself, not a link to one.
    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Where a link leads; `nil` if `path` is none.
    static func linkTarget(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let size = readlink(path, &buffer, buffer.count)
        return size < 0 ? nil : String(decoding: buffer[..<size].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Removes a directory with everything in it. It follows no link and enters nothing that is mounted there: what a
    /// technology left bound below a sandbox's directory is the host's own.
    static func removeTree(_ path: String) {
        let directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard directory >= 0 else { return }
        removeContents(directory)
        close(directory)
        rmdir(path)
    }

    private static func removeContents(_ directory: Int32) {
        guard let stream = fdopendir(dup(directory)) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name == "." || name == ".." || unlinkat(directory, name, 0) == 0 { continue }
            let flags = UInt64(O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            let child = linux_openat2(
                directory, name, flags,
                UInt64(RESOLVE_NO_XDEV) | UInt64(RESOLVE_BENEATH) | UInt64(RESOLVE_NO_SYMLINKS))
            guard child >= 0 else { continue }
            removeContents(child)
            close(child)
            unlinkat(directory, name, AT_REMOVEDIR)
        }
    }
}
