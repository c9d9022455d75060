import Core
import Glibc

/// What a sandbox sees of the host: a small directory tree of our own as its root, and read-only binds of the host's
/// programs and libraries in it. The same as the native backend shows.
struct RootLayout: Sendable {
    struct Bind: Sendable, Hashable {
        var host: String
        var target: String
        var isWritable = false
    }

    /// The tree on the host. Nothing ever writes to it.
    let skeleton: String
    let binds: [Bind]
    /// A directory whose contents are the root; `nil` is the host's programs and libraries.
    let image: String?

    /// What is mounted over a root that holds a copy of the image: nothing of the image, then.
    let bindsOverCopy: [Bind]

    static let devices = ["null", "zero", "full", "random", "urandom"]

    private static let texts = [
        "etc/passwd": """
        root:x:0:0:root:/:/usr/sbin/nologin
        student:x:1000:1000:student:/work:/bin/sh
        nobody:x:65534:65534:nobody:/:/usr/sbin/nologin

        """,
        "etc/group": "root:x:0:\nstudent:x:1000:\nnogroup:x:65534:\n",
        "etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
        "etc/hostname": "sandbox\n",
        "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
        "etc/resolv.conf": "",
    ]

    /// Makes the tree at `path` for what the host has.
    static func make(
        at path: String, of image: SandboxImage = .host, extraBinds: [String] = []
    ) throws(SandboxError) -> RootLayout {
        switch image {
        case .host: return try make(at: path, extraBinds: extraBinds)
        case .directory(let directory): return try make(at: path, showing: directory, extraBinds: extraBinds)
        case .layer: throw .cannotEnforce("image \(image)")
        }
    }

    /// Entries of an image that every sandbox has of its own.
    private static let own: Set = ["dev", "proc", "sys", "work", "tmp", ".assay"]

    private static func make(
        at path: String, showing image: String, extraBinds: [String]
    ) throws(SandboxError) -> RootLayout {
        guard HostFile.isDirectory(image) else { throw .setupFailed(step: "open image \(image)", errno: ENOENT) }
        let ours = try make(at: path, wanted: extraBinds)
        var binds: [Bind] = []
        let missing = ours.binds.map(\.target).filter { !has($0, image) }
        for name in HostFile.entries(image) where !own.contains(name) {
            binds += try show("\(image)/\(name)", at: "/" + name, in: path, leavingRoomFor: missing)
        }
        // The image's /etc, with our users in it. They lie outside of the tree: some technologies mount in place, and
        // then find the image's file where ours was.
        try HostFile.makeDirectories(path + "-users/etc")
        for (file, text) in texts.sorted(by: { $0.key < $1.key }) where access("\(image)/\(file)", F_OK) == 0 {
            let host = "\(path)-users/\(file)"
            try HostFile.create(host, Array(text.utf8))
            binds.append(Bind(host: host, target: "/" + file))
        }
        return RootLayout(skeleton: path, binds: binds + ours.binds, image: image, bindsOverCopy: ours.binds)
    }

    private static func make(at path: String, extraBinds: [String]) throws(SandboxError) -> RootLayout {
        try make(
            at: path,
            wanted: NativeConfiguration.standardBinds
                + HostPaths.configurationDirectories(NativeConfiguration.runtimeConfigurations) + extraBinds)
    }

    /// Makes the tree with what `wanted` of the host's is mounted on.
    private static func make(at path: String, wanted: [String]) throws(SandboxError) -> RootLayout {
        for directory in ["etc", "dev/shm", "proc", "work", "tmp", "sys", SandboxPlace.shownPath] {
            try HostFile.makeDirectories("\(path)/\(directory)")
        }
        for (file, text) in texts { try HostFile.create("\(path)/\(file)", Array(text.utf8)) }
        for device in devices { try HostFile.create("\(path)/dev/\(device)") }
        for (name, target) in ["fd": "fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"] {
            symlink("/proc/self/" + target, "\(path)/dev/\(name)")
        }
        var binds: [Bind] = []
        for host in wanted where access(host, F_OK) == 0 {
            if let bind = try bind(host, to: host, in: path) { binds.append(bind) }
        }
        return RootLayout(skeleton: path, binds: binds, image: nil, bindsOverCopy: binds)
    }

    /// Binds of an image's entry. A directory in which something is to be mounted that the image lacks is made of its
    /// entries: else a technology makes the missing place in the image itself, or fails.
    private static func show(
        _ entry: String, at target: String, in root: String, leavingRoomFor missing: [String]
    ) throws(SandboxError) -> [Bind] {
        guard HostFile.isDirectory(entry), missing.contains(where: { $0.hasPrefix(target + "/") }) else {
            return try bind(entry, to: target, in: root).map { [$0] } ?? []
        }
        var binds: [Bind] = []
        for name in HostFile.entries(entry) {
            binds += try show("\(entry)/\(name)", at: "\(target)/\(name)", in: root, leavingRoomFor: missing)
        }
        return binds
    }

    /// Whether an image has `path`, with no link on the way.
    private static func has(_ path: String, _ image: String) -> Bool {
        var reached = image
        return path.split(separator: "/").allSatisfy { name in
            reached += "/" + name
            return access(reached, F_OK) == 0 && HostFile.linkTarget(reached) == nil
        }
    }

    /// Makes what `host` is mounted on at `target`, in the tree at `root`. A link is copied as one.
    private static func bind(_ host: String, to target: String, in root: String) throws(SandboxError) -> Bind? {
        try HostFile.makeDirectories(root + target[..<target.lastIndex(of: "/")!])
        if let link = HostFile.linkTarget(host) {
            symlink(link, root + target)
            return nil
        }
        if HostFile.isDirectory(host) {
            try HostFile.makeDirectories(root + target)
        } else if access(root + target, F_OK) != 0 {
            try HostFile.create(root + target)
        }
        return Bind(host: host, target: target)
    }
}
