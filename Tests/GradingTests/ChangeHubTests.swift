import Core
import Foundation
import Storage
import Testing

@testable import Grading

/// Those who wait hear of an end although nobody told them.
@Suite struct ChangeHubTests {
    @Test func whatWasMissedIsLookedUpForAllTogether() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let store = try await Store.sqlite(at: directory.appendingPathComponent("test.sqlite").path)
        let hub = ChangeHub()
        var submissions: [Submission] = []
        for _ in 0..<(Store.maximumStatuses + 20) {
            submissions.append(
                Submission(
                    id: SubmissionID(at: Date()), draft: try Fixtures.draft(), createdAt: Date(),
                    demand: ResourceDemand(cpus: 1, memory: 1), state: .queued(attempts: 0)))
        }
        try await store.insert(submissions, within: QueueLimits())
        let subscriptions = submissions.map { hub.subscribe(to: $0.id) }
        for submission in submissions { _ = try await store.cancel(submission.id) }
        // The events of the store never reach the hub: only that something was missed does.
        let (events, continuation) = AsyncStream.makeStream(of: StoreEvent.self)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await hub.run(events, of: store) }
            continuation.yield(.missed)
            for subscription in subscriptions {
                #expect(await subscription.waitForEnd(.seconds(60)))
                subscription.cancel()
            }
            continuation.finish()
            group.cancelAll()
        }
        await store.close()
    }
}
