import Glibc

/// Another tool that isolates one program, as its own users call it: a command line, without our guest and mostly
/// without limits. Measured from its start to its end.
struct PeerSandbox: Sendable {
    let name: String
    /// The whole command line.
    let arguments: [String]

    /// Those that are installed, each running the static program in `directory`.
    static func installed(running directory: String, launcher: String?) -> [PeerSandbox] {
        var peers: [PeerSandbox] = []
        if let program = ChildProcess.find("bwrap") {
            peers.append(
                PeerSandbox(
                    name: "bubblewrap",
                    arguments: [
                        program, "--ro-bind", directory, "/program", "--proc", "/proc", "--dev", "/dev",
                        "--unshare-all",
                        "--die-with-parent", "--new-session", "/program/static",
                    ]))
        }
        guard (try? writeBundle(in: directory)) != nil else { return peers }
        for (name, options) in [("crun", ["--cgroup-manager=disabled"]), ("runc", [])] {
            guard let program = ChildProcess.find(name) else { continue }
            var prefix: [String] = []
            // It refuses hosts where both versions of cgroups are mounted.
            if name == "crun", let launcher, access(hybrid, F_OK) == 0 { prefix = [launcher, "aside", hybrid] }
            let command = [program, "--root", directory + "/state"] + options
            peers.append(
                PeerSandbox(
                    name: name,
                    arguments: prefix + command + ["run", "--bundle", directory + "/bundle", "peer-\(getpid())"]))
        }
        return peers
    }

    private static let hybrid = "/sys/fs/cgroup/unified"

    /// An OCI bundle with the static program and nothing else in its root.
    private static func writeBundle(in directory: String) throws(SandboxError) {
        let root = directory + "/bundle/rootfs"
        for name in ["proc", "dev", "program"] { try HostFile.makeDirectories("\(root)/\(name)") }
        let namespaces = ["pid", "mount", "ipc", "uts", "network"].map { "{\"type\":\"\($0)\"}" }.joined(separator: ",")
        let text = """
            {"ociVersion":"1.0.2","hostname":"peer","root":{"path":"rootfs","readonly":true},
            "process":{"terminal":false,"user":{"uid":0,"gid":0},"args":["/program/static"],"env":[],"cwd":"/",
            "noNewPrivileges":true},
            "mounts":[{"destination":"/proc","type":"proc","source":"proc"},
            {"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["nosuid","mode=755","size=64k"]},
            {"destination":"/program","type":"bind","source":"\(directory)","options":["rbind","ro"]}],
            "linux":{"namespaces":[\(namespaces)]}}
            """
        try HostFile.create(directory + "/bundle/config.json", Array(text.utf8), mode: 0o600)
    }
}
