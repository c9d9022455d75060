import Core
import Testing

@testable import TaskFormats

@Suite struct ArchiveTests {
    private func unpack(
        _ format: ArchiveMaker.Format, _ entries: [ArchiveMaker.Entry], limits: ArchiveLimits = ArchiveLimits(),
        allowsLinks: Bool = false
    ) throws(ArchiveError) -> FileTree {
        try FileTree(archive: ArchiveMaker.make(format, entries), limits: limits, allowsLinks: allowsLinks)
    }

    static let formats: [ArchiveMaker.Format] = [.zip, .tar, .gzippedTar]

    @Test(arguments: formats) func takesWhatIsSound(_ format: ArchiveMaker.Format) throws {
        let tree = try unpack(
            format,
            [
                .directory("task/"), .text("task/task.yaml", "title: Sum"),
                .file("task/tests/1.in", [1, 2, 0, 255]),
                .file("task/run", Array("#!/bin/sh".utf8), permissions: 0o755),
                .text("task/é.txt", "x"), .text("__MACOSX/task/._run", "left behind"),
            ]
        ).withoutOuterDirectory
        #expect(tree.paths == ["run", "task.yaml", "tests/1.in", "é.txt"])
        #expect(tree["tests/1.in"]?.contents == [1, 2, 0, 255])
        #expect(tree["run"]?.isExecutable == true)
        #expect(tree["task.yaml"]?.isExecutable == false)
        #expect(tree.text("task.yaml") == "title: Sum")
    }

    @Test(arguments: formats) func refusesNamesThatLeave(_ format: ArchiveMaker.Format) {
        for name in ["../x", "a/../../x", "/etc/passwd", "a/..", "a//b", "a\\..\\b", "a/\u{1}b"] {
            #expect(throws: ArchiveError.self, "\(name)") { try unpack(format, [.text(name, "x")]) }
        }
    }

    @Test(arguments: formats) func refusesWhatIsThereTwice(_ format: ArchiveMaker.Format) {
        #expect(throws: ArchiveError.duplicate("a/b")) { try unpack(format, [.text("a/b", "1"), .text("a/b", "2")]) }
        #expect(throws: ArchiveError.duplicate("b")) { try unpack(format, [.text("b", "1"), .text("./b", "2")]) }
        #expect(throws: ArchiveError.fileIsDirectory("a")) { try unpack(format, [.text("a", "1"), .text("a/b", "2")]) }
        #expect(throws: ArchiveError.fileIsDirectory("a")) { try unpack(format, [.text("a/b", "1"), .text("a", "2")]) }
    }

    @Test(arguments: formats) func refusesCaseClashes(_ format: ArchiveMaker.Format) {
        #expect(throws: ArchiveError.caseClash("Data/a", "Data/A")) {
            try unpack(format, [.text("Data/a", "1"), .text("Data/A", "2")])
        }
        #expect(throws: ArchiveError.caseClash("Data", "data")) {
            try unpack(format, [.text("Data/a", "1"), .text("data/b", "2")])
        }
        // Two ways to write the same letter.
        #expect(throws: ArchiveError.self) { try unpack(format, [.text("e\u{301}", "1"), .text("\u{e9}", "2")]) }
    }

    @Test(arguments: formats) func refusesWhatIsNeitherFileNorDirectory(_ format: ArchiveMaker.Format) {
        #expect(throws: ArchiveError.specialFile("null")) { try unpack(format, [.device("null")]) }
        // libarchive writes a pipe into a zip file as an empty file.
        if format != .zip {
            #expect(throws: ArchiveError.specialFile("fifo")) { try unpack(format, [.pipe("fifo")]) }
        }
        #expect(throws: ArchiveError.link("b")) { try unpack(format, [.text("a", "1"), .symbolicLink("b", to: "a")]) }
    }

    /// A zip file has none.
    @Test(arguments: [ArchiveMaker.Format.tar, .gzippedTar]) func refusesHardLinks(_ format: ArchiveMaker.Format) {
        #expect(throws: ArchiveError.hardLink("b")) { try unpack(format, [.text("a", "1"), .hardLink("b", to: "a")]) }
        #expect(throws: ArchiveError.hardLink("b")) { try unpack(format, [.hardLink("b", to: "/etc/passwd")]) }
    }

    @Test(arguments: formats) func linksStayInside(_ format: ArchiveMaker.Format) throws {
        let tree = try unpack(
            format,
            [
                .text("data/secret/1.in", "7"), .symbolicLink("data/sample", to: "secret"),
                .symbolicLink("one", to: "data/secret/1.in"), .symbolicLink("data/two", to: "../one"),
            ], allowsLinks: true)
        #expect(tree.paths == ["data/sample/1.in", "data/secret/1.in", "data/two", "one"])
        #expect(tree.text("data/two") == "7")
        for target in ["/etc/passwd", "../x", "../../etc/passwd", "nothing", "", "data/../../x", "loop", "."] {
            #expect(throws: ArchiveError.self, "\(target)") {
                try unpack(format, [.text("data/a", "1"), .symbolicLink("loop", to: target)], allowsLinks: true)
            }
        }
        #expect(throws: ArchiveError.badLink("a", target: "b")) {
            try unpack(format, [.symbolicLink("a", to: "b"), .symbolicLink("b", to: "a")], allowsLinks: true)
        }
        // A directory that contains itself would never end.
        #expect(throws: ArchiveError.badLink("d/e", target: "../d")) {
            try unpack(format, [.text("d/a", "1"), .symbolicLink("d/e", to: "../d")], allowsLinks: true)
        }
    }

    @Test func aLinkDoesNotMultiplyBytes() {
        let limits = ArchiveLimits(bytes: 100_000)
        let links = (0..<20).map { ArchiveMaker.Entry.symbolicLink("l\($0)", to: "big") }
        #expect(throws: ArchiveError.tooLarge(limit: 100_000)) {
            try unpack(
                .gzippedTar, [.file("big", [UInt8](repeating: 1, count: 10_000))] + links, limits: limits,
                allowsLinks: true)
        }
    }

    @Test(arguments: [ArchiveMaker.Format.zip, .gzippedTar]) func refusesBombs(_ format: ArchiveMaker.Format) throws {
        let zeros = [UInt8](repeating: 0, count: 2_000_000)
        let limits = ArchiveLimits(ratio: 100, ratioFreeBytes: 1_000_000)
        #expect(throws: ArchiveError.bomb(limit: 100)) { try unpack(format, [.file("zeros", zeros)], limits: limits) }
        #expect(throws: ArchiveError.tooLarge(limit: 1_999_999)) {
            try unpack(format, [.file("zeros", zeros)], limits: ArchiveLimits(bytes: 1_999_999))
        }
        _ = try unpack(format, [.file("zeros", zeros)], limits: ArchiveLimits(bytes: 2_000_000))
    }

    @Test(arguments: formats) func countsFiles(_ format: ArchiveMaker.Format) throws {
        let entries = (0..<10).map { ArchiveMaker.Entry.text("\($0)", "") }
        #expect(try unpack(format, entries, limits: ArchiveLimits(files: 10)).files.count == 10)
        #expect(throws: ArchiveError.tooManyFiles(limit: 9)) {
            try unpack(format, entries, limits: ArchiveLimits(files: 9))
        }
        let directories = (0..<30).map { ArchiveMaker.Entry.directory("d\($0)/") }
        #expect(throws: ArchiveError.tooManyFiles(limit: 9)) {
            try unpack(format, directories, limits: ArchiveLimits(files: 9))
        }
    }

    @Test(arguments: formats) func refusesWhatIsBroken(_ format: ArchiveMaker.Format) {
        let whole = ArchiveMaker.make(
            format, [.file("a", (0..<50_000).map { UInt8(truncatingIfNeeded: $0 * 7919 >> 3) })])
        #expect(throws: ArchiveError.self) { try FileTree(archive: Array(whole[..<(whole.count / 2)])) }
        #expect(throws: ArchiveError.self) { try FileTree(archive: []) }
        #expect(throws: ArchiveError.self) { try FileTree(archive: Array("not an archive".utf8)) }
    }
}
