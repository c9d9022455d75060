import Core
import Foundation
import Storage
import Testing

@Suite struct DiskFileCacheTests {
    private func key(_ id: String, owner: String = "") throws -> FileCacheKey {
        try #require(FileCacheKey(owner: owner, id: id))
    }

    private func contents(_ directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory + "/contents")
    }

    @Test(arguments: ["1234567", "abcdefg!", "../../etc/passwd", "abcdefg\u{e9}", "", "a/bcdefgh"])
    func aKeyIsLettersAndDigits(_ id: String) { #expect(FileCacheKey(owner: "", id: id) == nil) }

    @Test func keepsEachContentOnceAndSurvivesARestart() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/files"
            let cache = try DiskFileCache(directory: path)
            try await cache.keep([1, 2, 3], as: key("aaaaaaaa"))
            try await cache.keep([1, 2, 3], as: key("bbbbbbbb"))
            try await cache.keep([], as: key("cccccccc"))
            #expect(try contents(path).count == 2)
            let again = try DiskFileCache(directory: path)
            #expect(try await again.contents(of: key("aaaaaaaa")) == [1, 2, 3])
            #expect(try await again.contents(of: key("bbbbbbbb")) == [1, 2, 3])
            #expect(try await again.contents(of: key("cccccccc")) == [])
            #expect(await again.contains(try key("aaaaaaaa")))
            #expect(await !again.contains(try key("dddddddd")))
            #expect(try await again.contents(of: key("dddddddd")) == nil)
        }
    }

    @Test func aNameCanBeGivenToAnotherContent() async throws {
        try await withTemporaryDirectory { directory in
            let cache = try DiskFileCache(directory: directory + "/files")
            try await cache.keep([1], as: key("aaaaaaaa"))
            try await cache.keep([2], as: key("aaaaaaaa"))
            #expect(try await cache.contents(of: key("aaaaaaaa")) == [2])
        }
    }

    @Test func namesOfDifferentOwnersAreDifferent() async throws {
        try await withTemporaryDirectory { directory in
            let cache = try DiskFileCache(directory: directory + "/files")
            try await cache.keep([1], as: key("aaaaaaaa", owner: "one"))
            try await cache.keep([2], as: key("aaaaaaaa", owner: "two"))
            #expect(try await cache.contents(of: key("aaaaaaaa", owner: "one")) == [1])
            #expect(try await cache.contents(of: key("aaaaaaaa")) == nil)
        }
    }

    @Test func whatWasUsedLongestAgoMakesRoom() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/files"
            let limits = FileCacheLimits(bytes: 300, fileBytes: 100)
            let cache = try DiskFileCache(directory: path, limits: limits)
            for name in 1...3 {
                try await cache.keep([UInt8](repeating: UInt8(name), count: 100), as: key("0000000\(name)"))
            }
            // Use counts in seconds: make the first two old, then use the first.
            for file in try contents(path) {
                try FileManager.default.setAttributes(
                    [.modificationDate: Date().addingTimeInterval(-60)], ofItemAtPath: path + "/contents/" + file)
            }
            let again = try DiskFileCache(directory: path, limits: limits)
            #expect(await again.contains(try key("00000001")))
            try await again.keep([UInt8](repeating: 4, count: 100), as: key("00000004"))
            #expect(await again.contains(try key("00000001")))
            #expect(await again.contains(try key("00000004")))
            #expect(try contents(path).count == 2)
            await #expect(throws: FileCacheError.tooLarge(limit: 100)) {
                try await again.keep([UInt8](repeating: 0, count: 101), as: key("00000005"))
            }
        }
    }

    @Test func oldFilesAndWhatACrashLeftAreRemoved() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/files"
            let cache = try DiskFileCache(directory: path)
            try await cache.keep([1], as: key("aaaaaaaa"))
            try await cache.keep([2], as: key("bbbbbbbb"))
            let files = try contents(path)
            try FileManager.default.setAttributes(
                [.modificationDate: Date().addingTimeInterval(-8 * 86_400)],
                ofItemAtPath: path + "/contents/" + files[0])
            try Data([9]).write(to: URL(fileURLWithPath: path + "/new/file"))
            let again = try DiskFileCache(directory: path)
            #expect(try contents(path) == [files[1]])
            #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/names").count == 1)
            #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/new").isEmpty)
            // Half-written: its content is not what its name says.
            try Data().write(to: URL(fileURLWithPath: path + "/contents/" + files[1]))
            let found = [
                try await again.contents(of: key("aaaaaaaa")), try await again.contents(of: key("bbbbbbbb")),
            ]
            #expect(found == [nil, nil])
        }
    }
}
