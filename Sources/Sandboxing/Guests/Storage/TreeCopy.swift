import CSandbox
import Glibc

/// Copies directory trees. Files are cloned where the file system can: then they take no space until they are changed.
struct TreeCopy {
    /// Files that were cloned, and files whose bytes were copied.
    private(set) var cloned = 0
    private(set) var copied = 0
    /// The time that copies get, in seconds of Unix time; `nil` is the original's.
    var time: Int?
    private var buffer = [UInt8](repeating: 0, count: 1 << 17)

    init() {}

    /// Copies everything in `source` into the directory `target`, over what is there. Owners, modes and times are kept:
    /// runtimes look at times to know whether what they compiled is of a file's last contents. Links stay
    /// links; devices, sockets and pipes are left out. What is mounted in the tree is not entered.
    mutating func copy(_ source: String, to target: String) throws(SandboxError) {
        var status = stat()
        guard lstat(source, &status) == 0 else { throw .setupFailed(step: "read \(source)", errno: errno) }
        try copyContents(source, to: target, device: status.st_dev)
    }

    private mutating func copyContents(_ source: String, to target: String, device: dev_t) throws(SandboxError) {
        for name in HostFile.entries(source) {
            let (from, into) = ("\(source)/\(name)", "\(target)/\(name)")
            var status = stat()
            guard lstat(from, &status) == 0 else { throw .setupFailed(step: "read \(from)", errno: errno) }
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                guard mkdir(into, 0o700) == 0 || (errno == EEXIST && HostFile.isDirectory(into)) else {
                    throw .setupFailed(step: "make directory \(into)", errno: errno)
                }
                if status.st_dev == device { try copyContents(from, to: into, device: device) }
                try takeOver(status, into)
            case S_IFLNK:
                unlink(into)
                guard symlink(HostFile.linkTarget(from) ?? "", into) == 0 else {
                    throw .setupFailed(step: "link \(into)", errno: errno)
                }
                lchown(into, status.st_uid, status.st_gid)
                try takeOverTimes(status, into)
            case S_IFREG:
                try copyFile(from, to: into)
                try takeOver(status, into)
            default: break
            }
        }
    }

    private func takeOver(_ status: stat, _ path: String) throws(SandboxError) {
        guard lchown(path, status.st_uid, status.st_gid) == 0, chmod(path, status.st_mode & 0o7777) == 0 else {
            throw .setupFailed(step: "change owner of \(path)", errno: errno)
        }
        try takeOverTimes(status, path)
    }

    private func takeOverTimes(_ status: stat, _ path: String) throws(SandboxError) {
        let fixed = time.map { timespec(tv_sec: $0, tv_nsec: 0) }
        let times = [fixed ?? status.st_atim, fixed ?? status.st_mtim]
        guard utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw .setupFailed(step: "set times of \(path)", errno: errno)
        }
    }

    private mutating func copyFile(_ source: String, to target: String) throws(SandboxError) {
        let input = open(source, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard input >= 0 else { throw .setupFailed(step: "read \(source)", errno: errno) }
        defer { close(input) }
        unlink(target)
        let output = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw .setupFailed(step: "create \(target)", errno: errno) }
        defer { close(output) }
        if assay_clone_file(input, output) == 0 {
            cloned += 1
            return
        }
        copied += 1
        while true {
            let count = read(input, &buffer, buffer.count)
            guard count != 0 else { return }
            guard count > 0, write(output, buffer, count) == count else {
                throw .setupFailed(step: "write \(target)", errno: errno)
            }
        }
    }

    /// Whether files are cloned in `directory`.
    static func clones(in directory: String) -> Bool {
        let (from, into) = (directory + "/.clone-a", directory + "/.clone-b")
        defer {
            unlink(from)
            unlink(into)
        }
        var copy = TreeCopy()
        guard (try? HostFile.create(from, [1])) != nil, (try? copy.copyFile(from, to: into)) != nil else {
            return false
        }
        return copy.cloned == 1
    }
}
