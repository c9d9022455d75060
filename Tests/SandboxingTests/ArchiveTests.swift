import Foundation
import Glibc
import Testing

@testable import Sandboxing

/// What we write, read by the programs that know the formats.
struct ArchiveTests {
    /// A tree with a file, an empty one, a directory and a link, for the length of `body`.
    private func withTree(_ body: (_ tree: String, _ scratch: String) async throws -> Void) async throws {
        let directory = "\(NSTemporaryDirectory())assay-archive-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for name in ["tree/deep/er", "out"] { try HostFile.makeDirectories("\(directory)/\(name)") }
        try HostFile.create(directory + "/tree/deep/file", Array(String(repeating: "line\n", count: 300).utf8))
        try HostFile.create(directory + "/tree/empty")
        symlink("deep/file", directory + "/tree/link")
        try await body(directory + "/tree", directory)
    }

    private func unpack(_ bytes: [UInt8], with command: String, in directory: String) throws {
        try HostFile.create(directory + "/archive", bytes)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        process.currentDirectoryURL = URL(fileURLWithPath: directory + "/out")
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let files = FileManager.default
        #expect(files.contentsEqual(atPath: directory + "/tree/deep/file", andPath: directory + "/out/deep/file"))
        #expect(files.contents(atPath: directory + "/out/empty") == Data())
        #expect(HostFile.linkTarget(directory + "/out/link") == "deep/file")
        #expect(HostFile.isDirectory(directory + "/out/deep/er"))
    }

    /// The same tree gives the same bytes, whatever its times: an engine's image is found again by them.
    @Test func aRootsArchiveIsRootsAndTheSameEachTime() async throws {
        try await withTree { tree, scratch in
            chmod(tree + "/empty", 0o600)
            chmod(tree + "/deep", 0o700)
            let layout = RootLayout(skeleton: tree, binds: [], image: nil, bindsOverCopy: [])
            let first = try await Self.bytes(of: layout)
            utimensat(AT_FDCWD, tree + "/empty", [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)], 0)
            #expect(try await Self.bytes(of: layout) == first)
            #expect(!FileManager.default.fileExists(atPath: tree + "-engine"))
            try unpack(first, with: "tar xpf ../archive", in: scratch)
            for (name, mode) in ["empty": 0o644, "deep": 0o755, "deep/file": 0o644] as [String: mode_t] {
                var status = stat()
                #expect(lstat("\(scratch)/out/\(name)", &status) == 0)
                #expect(status.st_mode & 0o7777 == mode, "\(name)")
                #expect(status.st_uid == geteuid() && status.st_mtim.tv_sec == 0)
            }
        }
    }

    private static func bytes(of layout: RootLayout) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        let isWhole = try await EngineArchive.make(of: layout).body.parts { part in
            bytes += part
            return true
        }
        #expect(isWhole)
        return bytes
    }

    @Test func busyboxReadsOurCPIO() async throws {
        try await withTree { tree, scratch in
            var archive = CPIOArchive()
            try archive.add(treeAt: tree)
            archive.addFile("program", [1, 2, 3], mode: 0o755)
            try unpack(archive.finished, with: "busybox cpio -id < ../archive 2>/dev/null", in: scratch)
            #expect(FileManager.default.contents(atPath: scratch + "/out/program") == Data([1, 2, 3]))
            #expect(access(scratch + "/out/program", X_OK) == 0)
        }
    }

    @Test func whatNotEverybodyMayReadStaysOutOfCPIO() async throws {
        try await withTree { tree, _ in
            try HostFile.create(tree + "/secret", Array("key".utf8), mode: 0o600)
            var archive = CPIOArchive()
            try archive.add(treeAt: tree, leavingOut: ["empty"])
            let text = String(decoding: archive.finished, as: UTF8.self)
            #expect(text.contains("deep/file") && text.contains("TRAILER!!!"))
            #expect(!text.contains("secret") && !text.contains("empty"))
        }
    }
}
