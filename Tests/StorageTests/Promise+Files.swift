import Core
import Foundation
import Testing

@testable import Storage

extension Promise {
    /// The file cache, which is the same on all nodes.
    static let files: [Promise] = [
        Promise("a cached file is there on every node, and each content once") { fixture in
            let cache = StoredFileCache(store: fixture.store)
            try await cache.keep([1, 2, 3], as: key("aaaaaaaa"))
            try await cache.keep([1, 2, 3], as: key("bbbbbbbb"))
            try await cache.keep([], as: key("cccccccc"))
            #expect(try await fixture.store.fileBytes() == 3)
            let node = try await fixture.another()
            let other = StoredFileCache(store: node)
            #expect(try await other.contents(of: key("aaaaaaaa")) == [1, 2, 3])
            #expect(try await other.contents(of: key("bbbbbbbb")) == [1, 2, 3])
            #expect(try await other.contents(of: key("cccccccc")) == [])
            #expect(await other.contains(try key("aaaaaaaa")))
            #expect(await !other.contains(try key("dddddddd")))
            #expect(try await other.contents(of: key("dddddddd")) == nil)
            await node.close()
        },
        Promise("a file's name can be given to another content, and names of different owners are different") {
            fixture in
            let cache = StoredFileCache(store: fixture.store)
            try await cache.keep([1], as: key("aaaaaaaa"))
            try await cache.keep([2], as: key("aaaaaaaa"))
            try await cache.keep([3], as: key("aaaaaaaa", owner: "two"))
            #expect(try await cache.contents(of: key("aaaaaaaa")) == [2])
            #expect(try await cache.contents(of: key("aaaaaaaa", owner: "two")) == [3])
            #expect(try await cache.contents(of: key("aaaaaaaa", owner: "three")) == nil)
        },
        Promise("the files that were used longest ago make room") { fixture in
            let cache = StoredFileCache(
                store: fixture.store, limits: FileCacheLimits(bytes: 300, fileBytes: 100), useInterval: .zero)
            for name in 1...3 {
                try await cache.keep([UInt8](repeating: UInt8(name), count: 100), as: key("0000000\(name)"))
                try await nextMillisecond()
            }
            #expect(try await fixture.store.fileBytes() == 300, "the quota may be reached")
            #expect(await cache.contains(try key("00000001")))
            try await nextMillisecond()
            try await cache.keep([UInt8](repeating: 4, count: 100), as: key("00000004"))
            #expect(await cache.contains(try key("00000001")), "it was used")
            #expect(await cache.contains(try key("00000004")), "the newest stays")
            #expect(await !cache.contains(try key("00000002")))
            #expect(try await fixture.store.fileBytes() == 200, "down to nine tenths")
            await #expect(throws: FileCacheError.tooLarge(limit: 100)) {
                try await cache.keep([UInt8](repeating: 0, count: 101), as: key("00000005"))
            }
        },
        Promise("files that nobody uses go, and then what nothing refers to") { fixture in
            let store = fixture.store
            let cache = StoredFileCache(store: store, limits: FileCacheLimits(age: .zero))
            try await cache.keep([1], as: key("aaaaaaaa"))
            try await nextMillisecond()
            try await store.removeFiles(unusedFor: .zero)
            #expect(try await cache.contents(of: key("aaaaaaaa")) == nil)
            #expect(try await store.removeUnusedBlobs() == 0, "it is young")
            try await StoredFileCache(store: store).keep([2], as: key("bbbbbbbb"))
            try await nextMillisecond()
            #expect(try await store.removeUnusedBlobs(olderThan: .zero) == 1)
            #expect(try await store.keptBlobs(of: [BlobDigest(of: [1]), BlobDigest(of: [2])]) == [BlobDigest(of: [2])])
        },
    ]

    private static func key(_ id: String, owner: String = "") throws -> FileCacheKey {
        try #require(FileCacheKey(owner: owner, id: id))
    }

    /// Times are kept to the millisecond.
    private static func nextMillisecond() async throws { try await Task.sleep(for: .milliseconds(2)) }
}

@Suite struct FileCacheKeyTests {
    @Test(arguments: ["1234567", "abcdefg!", "../../etc/passwd", "abcdefg\u{e9}", "", "a/bcdefgh"])
    func aKeyIsLettersAndDigits(_ id: String) { #expect(FileCacheKey(owner: "", id: id) == nil) }
}
