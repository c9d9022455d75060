import Foundation
import Glibc
import Testing

@testable import Sandboxing

/// What we write, read by the programs that know the formats.
struct ArchiveTests {
    /// A tree with a file, an empty one, a directory and a link, for the length of `body`.
    private func withTree(_ body: (_ tree: String, _ scratch: String) throws -> Void) throws {
        let directory = "\(NSTemporaryDirectory())assay-archive-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for name in ["tree/deep/er", "out"] { try HostFile.makeDirectories("\(directory)/\(name)") }
        try HostFile.create(directory + "/tree/deep/file", Array(String(repeating: "line\n", count: 300).utf8))
        try HostFile.create(directory + "/tree/empty")
        symlink("deep/file", directory + "/tree/link")
        try body(directory + "/tree", directory)
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

    @Test func tarReadsOurTar() throws {
        try withTree { tree, scratch in
            try unpack(try TarArchive(of: tree).bytes, with: "tar xf ../archive", in: scratch)
        }
    }

    @Test func namesTooLongForTarAreRefused() throws {
        try withTree { tree, _ in
            try HostFile.create(tree + "/" + String(repeating: "n", count: 99))
            #expect(try TarArchive(of: tree).bytes.count % 512 == 0)
            try HostFile.create(tree + "/" + String(repeating: "n", count: 100))
            #expect(throws: SandboxError.self) { try TarArchive(of: tree) }
        }
    }

    @Test func busyboxReadsOurCPIO() throws {
        try withTree { tree, scratch in
            var archive = CPIOArchive()
            try archive.add(treeAt: tree)
            archive.addFile("program", [1, 2, 3], mode: 0o755)
            try unpack(archive.finished, with: "busybox cpio -id < ../archive 2>/dev/null", in: scratch)
            #expect(FileManager.default.contents(atPath: scratch + "/out/program") == Data([1, 2, 3]))
            #expect(access(scratch + "/out/program", X_OK) == 0)
        }
    }

    @Test func whatNotEverybodyMayReadStaysOutOfCPIO() throws {
        try withTree { tree, _ in
            try HostFile.create(tree + "/secret", Array("key".utf8), mode: 0o600)
            var archive = CPIOArchive()
            try archive.add(treeAt: tree, leavingOut: ["empty"])
            let text = String(decoding: archive.finished, as: UTF8.self)
            #expect(text.contains("deep/file") && text.contains("TRAILER!!!"))
            #expect(!text.contains("secret") && !text.contains("empty"))
        }
    }
}
