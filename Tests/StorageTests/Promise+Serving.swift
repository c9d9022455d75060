import Core
import Foundation
import Storage
import Testing

extension Promise {
    /// Webhooks, nodes and blobs.
    static let serving = [
        Promise("a webhook is due when its submission ends, and once") { fixture in
            let store = fixture.store
            let (finished, cancelled, plain) = (Submission.sample(), Submission.sample(), Submission.sample())
            try await store.insert([finished, cancelled], within: QueueLimits(), webhook: "https://example.org/h")
            try await store.insert(plain)
            #expect(try await store.claimDeliveries(10, for: .seconds(60)).isEmpty)
            _ = try await store.finish(#require(try await store.claim()), with: .sample())
            _ = try await store.cancel(cancelled.id)
            _ = try await store.finish(#require(try await store.claim()), with: .sample())
            let due = try await store.claimDeliveries(10, for: .seconds(60))
            #expect(Set(due.map(\.submission)) == [finished.id, cancelled.id])
            #expect(due.allSatisfy { $0.url == "https://example.org/h" && $0.attempt == 1 && $0.lastError == nil })
            #expect(try await store.claimDeliveries(10, for: .seconds(60)).isEmpty)
            for delivery in due { try await store.delivered(delivery) }
            #expect(try await store.claimDeliveries(10, for: .seconds(60)).isEmpty)
            #expect(try await store.deadDeliveries(limit: 10).isEmpty)
        },
        Promise("a delivery that fails is due again when it was said, and dead when that was said") { fixture in
            let store = fixture.store
            let submission = Submission.sample()
            try await store.insert([submission], within: QueueLimits(), webhook: "https://example.org")
            _ = try await store.finish(#require(try await store.claim()), with: .sample())
            var delivery = try #require(try await store.claimDeliveries(1, for: .seconds(60)).first)
            try await store.failed(delivery, because: "503\0", tryAgainAt: .now.addingTimeInterval(3600))
            #expect(try await store.claimDeliveries(1, for: .seconds(60)).isEmpty)
            // The same attempt cannot fail twice: another one may be under way.
            try await store.failed(delivery, because: "late", tryAgainAt: .now.addingTimeInterval(-1))
            delivery = try #require(try await store.claimDeliveries(1, for: .seconds(60)).first)
            #expect(delivery.attempt == 2 && delivery.lastError == "late")
            try await store.failed(delivery, because: "gone", tryAgainAt: nil)
            #expect(try await store.deadDeliveries(limit: 10).map(\.lastError) == ["gone"])
            #expect(try await store.claimDeliveries(1, for: .seconds(60)).isEmpty)
            #expect(try await store.retryDeliveries(of: submission.id) == 1)
            #expect(try await store.claimDeliveries(1, for: .seconds(60)).first?.attempt == 1)
        },
        Promise("a delivery whose sender died is due again, and never given to two at once") { fixture in
            let store = fixture.store
            let submissions = (0..<30).map { _ in Submission.sample() }
            try await store.insert(submissions, within: QueueLimits(), webhook: "https://example.org")
            for submission in submissions { _ = try await store.cancel(submission.id) }
            #expect(try await store.claimDeliveries(5, for: .zero).count == 5)
            let claimed = try await withThrowingTaskGroup(of: [WebhookDelivery].self) { group in
                for _ in 0..<10 { group.addTask { try await store.claimDeliveries(5, for: .seconds(60)) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claimed.count == Set(claimed.map(\.submission)).count)
            let rest = try await store.claimDeliveries(100, for: .seconds(60))
            #expect(claimed.count + rest.count == 30)
        },
        Promise("nodes are known by their last sign of life") { fixture in
            let store = fixture.store
            var node = NodeDescription(
                name: "a", role: .worker, version: "1", startedAt: Date(timeIntervalSince1970: 1_700_000_000),
                capacity: ResourceDemand(cpus: 2, memory: 1), free: ResourceDemand(cpus: 1, memory: 0),
                backends: ["native": "6.1"])
            try await store.heartbeat(node, abilities: ["c", "python3"])
            #expect(try await store.abilities([String].self).map(\.abilities) == [["c", "python3"]])
            fixture.clock.advance(by: .seconds(100))
            (node.name, node.role) = ("b", .api)
            try await store.heartbeat(node, abilities: [String]())
            #expect(try await store.abilities([String].self).count == 1, "who grades nothing has no abilities")
            var nodes = try await store.nodes()
            #expect(nodes.map(\.description.name) == ["a", "b"] && nodes[1].description == node)
            #expect(nodes[0].silentFor >= .seconds(99) && nodes[1].silentFor < .seconds(60))
            node.free = node.capacity
            try await store.heartbeat(node, abilities: ["other"])
            #expect(nodes[1].isAlive && !nodes[0].isAlive)
            #expect(try await store.forgetNodes(silentFor: .seconds(90)) == 1)
            nodes = try await store.nodes()
            #expect(nodes.map(\.description) == [node])
            try await store.forgetNode("b")
            #expect(try await store.nodes().isEmpty)
        },
        Promise("a blob is kept once and comes back by its digest") { fixture in
            let store = fixture.store
            let sizes = [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20]
            var digests: Set<BlobDigest> = []
            for size in sizes {
                let content = Submission.sample(bytes: size).draft.files[0].contents
                let digest = try await store.keepBlob(content)
                #expect(try await store.keepBlob(content) == digest)
                #expect(try await store.blob(digest) == content)
                #expect(BlobDigest(digest.description) == digest)
                digests.insert(digest)
            }
            let unknown = BlobDigest(of: [1, 2, 3, 4, 5])
            #expect(try await store.keptBlobs(of: digests.union([unknown])) == digests)
            #expect(try await store.blob(unknown) == nil)
            let gone = try #require(digests.first)
            #expect(try await store.deleteBlob(gone))
            #expect(try await !store.deleteBlob(gone))
            #expect(try await store.blob(gone) == nil)
            #expect(
                BlobDigest(of: Array("abc".utf8)).description
                    == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
            #expect(BlobDigest("zz") == nil && BlobDigest(String(repeating: "g", count: 64)) == nil)
        },
    ]
}
