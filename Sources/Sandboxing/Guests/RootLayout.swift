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
    var image: String?

    /// What is mounted over a root that holds a copy of the image: nothing of the image, then.
    var bindsOverCopy: [Bind] { image == nil ? binds : [] }

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
    static func make(at path: String, extraBinds: [String] = []) throws(SandboxError) -> RootLayout {
        for directory in ["etc", "dev/shm", "proc", "work", "tmp", "sys", SandboxPlace.shownPath] {
            try HostFile.makeDirectories("\(path)/\(directory)")
        }
        for (file, text) in texts { try HostFile.create("\(path)/\(file)", Array(text.utf8)) }
        for device in devices { try HostFile.create("\(path)/dev/\(device)") }
        for (name, target) in ["fd": "fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"] {
            symlink("/proc/self/" + target, "\(path)/dev/\(name)")
        }
        var binds: [Bind] = []
        let wanted =
            NativeConfiguration.standardBinds
            + HostPaths.configurationDirectories(NativeConfiguration.runtimeConfigurations) + extraBinds
        for host in wanted where access(host, F_OK) == 0 {
            let parent = host[..<host.lastIndex(of: "/")!]
            try HostFile.makeDirectories(path + parent)
            if let target = HostFile.linkTarget(host) {
                symlink(target, path + host)
            } else {
                if HostFile.isDirectory(host) {
                    try HostFile.makeDirectories(path + host)
                } else {
                    try HostFile.create(path + host)
                }
                binds.append(Bind(host: host, target: host))
            }
        }
        return RootLayout(skeleton: path, binds: binds)
    }
}
