import Core
import Foundation
import Sandboxing

/// A root file system of nothing but busybox, which is linked statically, and some files.
struct BusyboxImage {
    let directory = "/tmp/assay-image-\(UUID())"

    var image: SandboxImage { .directory(directory) }

    init() throws {
        let files = FileManager.default
        for path in ["bin", "etc", "opt", "proc", "work"] {
            try files.createDirectory(atPath: "\(directory)/\(path)", withIntermediateDirectories: true)
        }
        try files.copyItem(atPath: "/bin/busybox", toPath: directory + "/bin/busybox")
        for name in ["sh", "cat", "ls", "id", "touch", "grep", "sleep", "echo"] {
            try files.createSymbolicLink(atPath: "\(directory)/bin/\(name)", withDestinationPath: "busybox")
        }
        for (path, text) in [
            ("etc/release", "of the image\n"), ("etc/passwd", "other:x:1:1::/:/bin/sh\n"), ("opt/f", "1\n"),
            ("work/hidden", ""),
        ] { try text.write(toFile: "\(directory)/\(path)", atomically: true, encoding: .utf8) }
    }

    func remove() { try? FileManager.default.removeItem(atPath: directory) }
}
