import Core
import Foundation
import Testing

@testable import Storage

extension Promise {
    /// The catalogue, which is the same on all nodes.
    static let tasks: [Promise] = [
        Promise("a task's versions are numbered, and the same archive is the same version") { fixture in
            let store = fixture.store
            let first = try await store.putTask("sum", course: "c", version([1]))
            #expect(first.isNew && first.record.current?.number == 1)
            let same = try await store.putTask("sum", course: "d", version([1], limit: 2.5))
            #expect(!same.isNew && same.record.versions.count == 1)
            #expect(same.record.course == "d" && same.record.current?.timeLimit == 2.5)
            let second = try await store.putTask("sum", course: nil, version([2]))
            #expect(second.record.versions.map(\.number) == [1, 2])
            let node = try await fixture.another()
            #expect(try await node.task("sum") == second.record)
            #expect(try await node.currentTaskVersion("sum") == second.record.current)
            #expect(try await node.blob(BlobDigest(of: [2])) == [2])
            #expect(try await node.tasks() == [second.record])
            await node.close()
            let back = try await store.putTask("sum", course: nil, version([1]))
            #expect(back.record.versions.map(\.number) == [1, 2, 3], "an earlier archive again is a new version")
        },
        Promise("a time limit is noted for the version that was checked") { fixture in
            let store = fixture.store
            _ = try await store.putTask("sum", course: nil, version([1]))
            _ = try await store.putTask("sum", course: nil, version([2]))
            try await store.setTaskTimeLimit(3, of: "sum", archive: BlobDigest(of: [1]))
            #expect(
                try await store.task("sum")?.versions.map(\.timeLimit) == [nil, nil], "it is not in force any more")
            try await store.setTaskTimeLimit(4, of: "sum", archive: BlobDigest(of: [2]))
            #expect(try await store.task("sum")?.versions.map(\.timeLimit) == [nil, 4])
        },
        Promise("so many versions of a task are kept, and their archives as long") { fixture in
            let store = fixture.store
            let count = Store.maximumTaskVersions + 1
            for number in 1...count { _ = try await store.putTask("sum", course: nil, version([UInt8(number)])) }
            let numbers = try await store.task("sum")?.versions.map(\.number)
            #expect(numbers == Array(2...count))
            try await Task.sleep(for: .milliseconds(2))
            #expect(try await store.removeUnusedBlobs(olderThan: .zero) == 1)
            #expect(try await store.blob(BlobDigest(of: [1])) == nil)
            #expect(try await store.blob(BlobDigest(of: [2])) == [2])
            #expect(try await store.removeTask("sum"))
            #expect(try await !store.removeTask("sum"))
            #expect(try await store.task("sum") == nil)
            #expect(try await store.currentTaskVersion("sum") == nil)
            #expect(try await store.removeUnusedBlobs(olderThan: .zero) == Store.maximumTaskVersions)
        },
        Promise("two nodes that upload at the same time are one after the other") { fixture in
            let store = fixture.store
            let node = try await fixture.another()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<10 {
                    group.addTask { _ = try await store.putTask("sum", course: nil, version([UInt8(number)])) }
                    group.addTask { _ = try await node.putTask("sum", course: nil, version([UInt8(100 + number)])) }
                }
                try await group.waitForAll()
            }
            let versions = try #require(try await store.task("sum")?.versions)
            #expect(versions.map(\.number) == Array(1...20))
            #expect(Set(versions.map(\.archive)).count == 20)
            await node.close()
        },
    ]

    private static func version(_ archive: [UInt8], limit: Double? = nil) -> NewTaskVersion {
        NewTaskVersion(
            archive: archive, title: "Sum", format: "native", timeLimit: limit,
            createdAt: Date(timeIntervalSince1970: 1_700_000_000))
    }
}
