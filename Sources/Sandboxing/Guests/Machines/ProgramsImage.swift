import Glibc

/// The host's programs as a file system in one file, for machines that can be shown nothing else. It is kept from one
/// service to the next: its name tells the state of the tree that it was made of.
struct ProgramsImage: Sendable {
    let tree: String
    let directory: String

    static let maker = "mksquashfs"
    static let package = "squashfs-tools"

    /// How long making it may take: some ten GiB, on a host that is busy.
    private static let limit = Duration.seconds(1800)
    private static let prefix = "programs-"

    /// The path of the image of the tree as it is now, which is made if it is not there.
    func make() async throws(SandboxError) -> String {
        guard let maker = ChildProcess.find(Self.maker) else {
            throw .setupFailed(step: "find \(Self.maker)", errno: ENOENT)
        }
        let state = Once<UInt64>()
        startThread { state.resolve(TreeState(of: tree).hash) }
        let name = Self.prefix + String(await state.value, radix: 16)
        let path = "\(directory)/\(name)"
        if access(path, R_OK) == 0 { return path }
        // Whoever finds it by its name finds it whole.
        let unfinished = "\(directory)/.\(name)-\(getpid())"
        defer { unlink(unfinished) }
        let made = try await ChildProcess.output(
            of: [maker, tree, unfinished, "-noappend", "-no-progress", "-quiet", "-no-xattrs", "-comp", "lz4"],
            limit: Self.limit)
        guard made.status == .exited(0) else { throw .lost("\(Self.maker) failed: \(made.text.suffix(200))") }
        guard rename(unfinished, path) == 0 else { throw .setupFailed(step: "name \(path)", errno: errno) }
        for other in HostFile.entries(directory) where other.hasPrefix(Self.prefix) && other != name {
            unlink("\(directory)/\(other)")
        }
        return path
    }
}

/// What tells one state of a tree from another: names, kinds, sizes and times of all that is in it.
private struct TreeState {
    /// FNV-1a: names no secret.
    private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325

    init(of path: String) { add(path) }

    private mutating func add(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        for byte in path.utf8 { mix(UInt64(byte)) }
        mix(UInt64(status.st_mode))
        mix(UInt64(bitPattern: Int64(status.st_size)))
        mix(UInt64(bitPattern: Int64(status.st_mtim.tv_sec)))
        mix(UInt64(bitPattern: Int64(status.st_mtim.tv_nsec)))
        guard status.st_mode & S_IFMT == S_IFDIR else { return }
        for entry in HostFile.entries(path) { add("\(path)/\(entry)") }
    }

    private mutating func mix(_ value: UInt64) { hash = (hash ^ value) &* 0x100_0000_01b3 }
}
