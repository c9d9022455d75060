import Foundation
import Sandboxing

/// What Firecracker's driver is tested with where there is neither Firecracker nor KVM: a program that takes the same
/// requests and boots the same machine, emulated (`Tests/Firecracker`). It works in a directory of its own, with a
/// kernel beside which the driver can keep files, and a small `/usr`: the host's would take minutes to be packed.
struct FirecrackerDouble {
    let directory: String

    static let kernelDirectory = GuestBackend.defaultKernelDirectory
    private static let needed = ["/usr/bin/qemu-system-x86_64", "/usr/bin/mksquashfs", "/usr/bin/lz4"]

    static var isPossible: Bool {
        geteuid() == 0 && needed.allSatisfy(FileManager.default.isExecutableFile)
            && FileManager.default.fileExists(atPath: kernelDirectory + "/boot")
    }

    /// The one that keeps all promises, until this process ends.
    static let ofPromises = Result {
        let double = try FirecrackerDouble("promises")
        atexit {
            // It holds a kernel, and so does what its machines boot from.
            for name in ["firecracker-promises", "firecracker"] {
                try? FileManager.default.removeItem(atPath: "\(GuestHost.directory)/\(name)")
            }
        }
        return SandboxHost(backend: double.backend(), slowness: 5, hasHastyClock: true)
    }

    /// Debian packages whose programs the promises need.
    private static let packages = [
        "dash", "coreutils", "procps", "libproc2-0", "python3-minimal", "python3.11-minimal", "libpython3.11-minimal",
        "libpython3.11-stdlib", "libc6", "libc-bin", "libgcc-s1", "libselinux1", "libpcre2-8-0", "libacl1", "libattr1",
        "libgmp10", "libffi8", "zlib1g", "libexpat1", "libsystemd0", "util-linux", "grep",
    ]

    /// Copies what packages have below /usr, and what is a link to there. `$0` is the directory, the rest packages.
    private static let copyPackages = #"""
        dpkg -L "$@" | sed -nE 's,^/(bin|sbin|lib|lib64)/,/usr/\1/,; /^\/usr\/(bin|sbin|lib|lib64)\//p' | sort -u |
            while read -r path; do [ -d "$path" ] && [ ! -L "$path" ] || printf '%s\n' "$path"; done |
            tar -C / -cf - --no-recursion -P -T - --ignore-failed-read 2>/dev/null | tar -C "$0" -xf - 2>/dev/null
        """#

    static let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    init(_ name: String) throws {
        directory = "\(GuestHost.directory)/firecracker-\(name)"
        let files = FileManager.default
        try files.createDirectory(atPath: directory + "/kernel", withIntermediateDirectories: true)
        for part in ["boot", "lib"] {
            try files.createSymbolicLink(
                atPath: "\(directory)/kernel/\(part)", withDestinationPath: "\(Self.kernelDirectory)/\(part)")
        }
        try files.createSymbolicLink(
            atPath: program, withDestinationPath: Self.checkout.path + "/Firecracker/firecracker")
        let copying = Process()
        copying.executableURL = URL(fileURLWithPath: "/bin/sh")
        copying.arguments = ["-c", Self.copyPackages, directory] + Self.packages
        try copying.run()
        copying.waitUntilExit()
    }

    var program: String { directory + "/firecracker" }

    /// A backend that drives it. KVM is what the machines do not need here.
    func backend(device: String = "/dev/null", poolSize: Int = 0) -> GuestBackend {
        var configuration = GuestHost.configuration
        configuration.poolSize = poolSize
        return GuestBackend.firecracker(
            configuration, kernelDirectory: directory + "/kernel", memory: 512 << 20, program: program,
            device: device, programs: directory + "/usr", logger: GuestHost.logger)
    }

    struct Request: Equatable {
        var method: String
        var path: String
        var body: NSDictionary
    }

    /// What it was asked, by machine.
    func requests() throws -> [String: [Request]] {
        var requests: [String: [Request]] = [:]
        for line in try String(contentsOfFile: directory + "/requests", encoding: .utf8).split(separator: "\n") {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
            requests[object["id"] as? String ?? "", default: []].append(
                Request(
                    method: object["method"] as? String ?? "", path: object["path"] as? String ?? "",
                    body: object["body"] as? NSDictionary ?? [:]))
        }
        return requests
    }

    func remove() { try? FileManager.default.removeItem(atPath: directory) }
}
