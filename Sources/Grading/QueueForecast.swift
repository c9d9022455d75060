package import Core
import Foundation
package import Storage

/// Tells those who wait how long they will: their place in the queue's real order, and when their report is to be
/// expected from what grading took lately, for the same task and language, on as many slots as there are.
package actor QueueForecast {
    /// Where a submission stands.
    package struct Place: Sendable, Hashable {
        /// From 1: the next one to start. `nil` when it runs.
        package let position: Int?
        /// Until its report is expected.
        package let wait: Duration
    }

    /// What is not asked for more often than this costs nothing.
    static let shortestInterval = Duration.milliseconds(100)
    /// The longest age of an answer.
    static let longestInterval = Duration.seconds(2)
    /// Looking takes at most this part of the time, however long the queue is.
    static let costFactor = 20
    /// A node that was silent for longer does not count.
    static let nodeSilence = Duration.seconds(30)

    private let store: Store
    /// Slots of this node, which count where no node has described itself.
    private let ownSlots: Int
    private var latest: QueueOutlook?
    private var interval = QueueForecast.shortestInterval
    private var look: Task<QueueOutlook, Never>?

    package init(store: Store, slots: Int) {
        self.store = store
        ownSlots = max(1, slots)
    }

    /// The place of a submission that waits or runs; `nil` for one that has ended.
    package func place(of submission: Submission) async -> Place? {
        switch submission.state {
        case .queued: await outlook().place(of: submission)
        case .running(_, _, let since, _): await outlook().remaining(of: submission.draft.kind, since: since)
        case .finished, .cancelled: nil
        }
    }

    /// The queue as it stood at most `longestInterval` ago.
    package func outlook() async -> QueueOutlook {
        if let latest, ContinuousClock.now - latest.madeAt < interval { return latest }
        if let look { return await look.value }
        let began = ContinuousClock.now
        let previous = latest ?? QueueOutlook()
        // Those who ask meanwhile share it, so it must not end with the first of them.
        let task = Task { [store, ownSlots] in
            await Self.look(at: store, ownSlots: ownSlots) ?? previous.renewed
        }
        look = task
        let found = await task.value
        look = nil
        latest = found
        interval = min(
            max(Self.shortestInterval, (ContinuousClock.now - began) * Self.costFactor), Self.longestInterval)
        return found
    }

    /// `nil` when the store does not answer: then what was known before is as good as anything.
    private static func look(at store: Store, ownSlots: Int) async -> QueueOutlook? {
        do {
            let order = try await store.queueOrder()
            let pace = try await store.pace()
            let nodes = try await store.nodes().filter { $0.description.role.grades && $0.silentFor < nodeSilence }
            let slots = nodes.reduce(0) { $0 + $1.description.capacity.cpus }
            return QueueOutlook(order: order, pace: pace, slots: slots > 0 ? slots : ownSlots)
        } catch { return nil }
    }
}
