import Core
import Foundation
import Storage
import Testing

extension Promise {
    static let queueing = [
        Promise("the queue takes exactly as many submissions as it may") { fixture in
            let limits = QueueLimits(submissions: 3)
            try await fixture.store.insert([.sample(), .sample()], within: limits)
            // All or none.
            await #expect(throws: StorageError.queueFull(.submissions)) {
                try await fixture.store.insert([.sample(), .sample()], within: limits)
            }
            #expect(try await fixture.store.queueStatistics()[.queued] == 2)
            try await fixture.store.insert([.sample()], within: limits)
            await #expect(throws: StorageError.queueFull(.submissions)) {
                try await fixture.store.insert([.sample()], within: limits)
            }
            // What runs does not wait.
            _ = try #require(try await fixture.store.claim())
            try await fixture.store.insert([.sample()], within: limits)
            #expect(try await fixture.store.queueStatistics()[.queued] == 3)
        },
        Promise("the queue takes exactly as many bytes as it may") { fixture in
            try await fixture.store.insert(.sample(bytes: 1000))
            let one = try await fixture.store.queueStatistics().queuedBytes
            #expect(one > 1000 && one < 1200)
            await #expect(throws: StorageError.queueFull(.bytes)) {
                try await fixture.store.insert([.sample(bytes: 1000)], within: QueueLimits(bytes: 2 * one - 1))
            }
            try await fixture.store.insert([.sample(bytes: 1000)], within: QueueLimits(bytes: 2 * one))
            #expect(try await fixture.store.queueStatistics().queuedBytes == 2 * one)
            // A refused one leaves nothing behind.
            while let lease = try await fixture.store.claim() {
                #expect(try await fixture.store.finish(lease, with: .sample()))
            }
            let statistics = try await fixture.store.queueStatistics()
            #expect(statistics.queuedBytes == 0 && statistics[.finished] == 2)
        },
        Promise("the statistics follow every change of state") { fixture in
            let store = fixture.store
            var statistics = try await store.queueStatistics()
            #expect(SubmissionStatus.allCases.allSatisfy { statistics[$0] == 0 })
            #expect(statistics.oldestQueued == nil)
            let old = Date(timeIntervalSince1970: 1_600_000_000)
            try await store.insert(.sample(), .sample(createdAt: old), .sample(), .sample())
            statistics = try await store.queueStatistics()
            #expect(statistics[.queued] == 4 && statistics.oldestQueued == old)
            let (first, second, third) = (
                try #require(try await store.claim()), try #require(try await store.claim()),
                try #require(try await store.claim())
            )
            _ = try await store.finish(first, with: .sample())
            _ = try await store.finishCancelled(second)
            statistics = try await store.queueStatistics()
            #expect(statistics.submissions == [.queued: 1, .running: 1, .finished: 1, .cancelled: 1])
            #expect(statistics.oldestQueued != old)
            _ = try await store.release(third, countsAttempt: true)
            statistics = try await store.queueStatistics()
            #expect(statistics.submissions == [.queued: 2, .running: 0, .finished: 1, .cancelled: 1])
        },
    ]
}
