import CSandbox
import Glibc

/// A directory of btrfs where snapshots are made: one of the host's, or a file system of our own in a file.
struct Btrfs: Sendable {
    let directory: String

    /// Bytes that the file may grow to. It begins with next to nothing.
    static let imageSize = 16 << 30

    private static let formatter = "mkfs.btrfs"

    /// Why there can be none in `directory`; `nil` if there can.
    static func problem(in directory: String) -> BackendReport.Availability {
        if isBtrfs(directory) { return .available }
        guard HostFile.text("/proc/filesystems").contains("\tbtrfs\n") else {
            return .unavailable(reason: "the kernel has no btrfs", remedy: "modprobe btrfs")
        }
        guard access("/dev/loop-control", W_OK) == 0 else {
            return .unavailable(
                reason: "\(directory) is not on btrfs, and there are no loop devices",
                remedy: "put sandbox-directory on btrfs, or modprobe loop")
        }
        guard ChildProcess.find(formatter) != nil else {
            return .unavailable(
                reason: "\(directory) is not on btrfs, and mkfs.btrfs is missing", remedy: "apt-get install btrfs-progs"
            )
        }
        return .available
    }

    private static func isBtrfs(_ directory: String) -> Bool {
        let file = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { Glibc.close(file) }
        return assay_is_btrfs(file)
    }

    /// Opens one in `directory`, which is the caller's alone. `close` ends it.
    static func open(in directory: String) async throws(SandboxError) -> Btrfs {
        try HostFile.makeDirectories(directory + "/pool")
        let pool = Btrfs(directory: directory + "/pool")
        if isBtrfs(pool.directory) { return pool }
        guard let format = ChildProcess.find(formatter), let mount = ChildProcess.find("mount") else {
            throw .cannotEnforce("storage btrfs: there is no mkfs.btrfs")
        }
        let image = directory + "/image"
        try HostFile.create(image, mode: 0o600)
        guard truncate(image, imageSize) == 0 else { throw .setupFailed(step: "size \(image)", errno: errno) }
        // The kernel frees the loop device when the file system is unmounted, however that comes about.
        for command in [[format, "-q", image], [mount, "-t", "btrfs", "-o", "loop,noatime", image, pool.directory]] {
            let (status, text) = try await ChildProcess.output(of: command)
            guard status == .exited(0) else {
                throw .lost("\(command[0]): \(text.split(separator: "\n").last ?? "it said nothing")")
            }
        }
        return pool
    }

    /// Ends it: everything in it is gone when it was a file of ours.
    func close() { MountTable.detach(below: directory) }

    func makeSubvolume(_ name: String) throws(SandboxError) -> String {
        let parent = try opened(directory)
        let error = assay_subvolume_create(parent.number, name)
        guard error == 0 else { throw .setupFailed(step: "make subvolume \(name)", errno: error) }
        return "\(directory)/\(name)"
    }

    func snapshot(_ source: String, as name: String) throws(SandboxError) -> String {
        let (parent, origin) = (try opened(directory), try opened(source))
        let error = assay_subvolume_snapshot(parent.number, name, origin.number)
        guard error == 0 else { throw .setupFailed(step: "make snapshot \(name)", errno: error) }
        return "\(directory)/\(name)"
    }

    func remove(_ name: String) {
        guard let parent = try? opened(directory) else { return }
        _ = assay_subvolume_remove(parent.number, name)
    }

    private func opened(_ path: String) throws(SandboxError) -> Descriptor {
        let number = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw .setupFailed(step: "open \(path)", errno: errno) }
        return Descriptor(number)
    }
}
