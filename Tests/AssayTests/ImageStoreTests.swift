import Foundation
import Testing

@testable import assay

/// Images are made by umoci here, and unpacked by what `assay image import` does.
struct ImageStoreTests {
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = NSTemporaryDirectory() + "assay-images-\(UUID())"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }

    private func run(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(arguments)")
    }

    /// An archive of an image with two files, `tag` its name.
    private func archive(in directory: String, tag: String = "latest") throws -> String {
        let (layout, content) = (directory + "/layout", directory + "/content")
        try FileManager.default.createDirectory(atPath: content + "/bin", withIntermediateDirectories: true)
        try "#!/bin/sh\n".write(toFile: content + "/bin/tool", atomically: true, encoding: .utf8)
        try run("umoci", "init", "--layout", layout)
        try run("umoci", "new", "--image", "\(layout):\(tag)")
        let rootless = geteuid() == 0 ? "--rootless=false" : "--rootless"
        try run("umoci", "insert", rootless, "--image", "\(layout):\(tag)", content, "/opt")
        try run("tar", "-cf", directory + "/image.tar", "-C", layout, ".")
        return directory + "/image.tar"
    }

    @Test func anArchiveBecomesADirectoryThatIsListed() throws {
        try withDirectory { directory in
            let store = ImageStore(directory: directory + "/images")
            #expect(store.names() == [])
            let target = try store.path(of: "small")
            try store.unpack(try archive(in: directory), tag: nil, into: target)
            #expect(store.names() == ["small"])
            let text = try String(contentsOfFile: target + "/opt/bin/tool", encoding: .utf8)
            #expect(text == "#!/bin/sh\n")
            // Nothing half unpacked is left beside it.
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory + "/images") == ["small"])
        }
    }

    @Test func aTagIsFoundOrNamed() throws {
        try withDirectory { directory in
            let store = ImageStore(directory: directory)
            let archive = try archive(in: directory, tag: "v1")
            #expect(throws: ImageStore.Failure.self) {
                try store.unpack(archive, tag: "other", into: directory + "/other")
            }
            #expect(!FileManager.default.fileExists(atPath: directory + "/other"))
            try store.unpack(archive, tag: "v1", into: directory + "/one")
            try store.unpack(directory + "/layout", tag: nil, into: directory + "/two")
            #expect(store.names().contains("two"))
        }
    }

    @Test func whatIsThereIsNotReplacedAndWhatIsNoImageIsRefused() throws {
        try withDirectory { directory in
            let store = ImageStore(directory: directory)
            let archive = try archive(in: directory)
            #expect(throws: ImageStore.Failure.self) { try store.unpack(archive, tag: nil, into: directory) }
            try run("tar", "-cf", directory + "/other.tar", "-C", directory + "/content", ".")
            for wrong in [directory + "/other.tar", directory + "/content", directory + "/nothing"] {
                #expect(throws: ImageStore.Failure.self) {
                    try store.unpack(wrong, tag: nil, into: directory + "/wrong")
                }
            }
            for name in ["", ".x", "a b"] { #expect(throws: ImageStore.Failure.self) { try store.path(of: name) } }
        }
    }
}
