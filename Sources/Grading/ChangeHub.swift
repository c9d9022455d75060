package import Core
package import Storage
import Synchronization

/// Tells those who wait what happens to a submission. They come and go by the thousand; each costs one stream.
package final class ChangeHub: Sendable {
    /// News about one submission.
    package enum Change: Sendable, Hashable {
        case status(SubmissionStatus)
        /// `done` of `total` tests are judged. Known only where the submission is graded.
        case progress(done: Int, total: Int)
        /// Something may have been missed: look at the store.
        case look
    }

    private struct State: Sendable {
        var listeners: [SubmissionID: [UInt64: AsyncStream<Change>.Continuation]] = [:]
        var nextToken: UInt64 = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    /// News that a slow listener has not taken; older news is dropped, which progress survives and status never needs:
    /// a final status is always the newest.
    private static let bufferedChanges = 16

    package init() {}

    /// Passes the store's events on until the stream ends or the task is cancelled.
    package func run(_ events: AsyncStream<StoreEvent>) async {
        for await event in events {
            switch event {
            case .queued: break
            case .changed(let id, let status): tell(id, .status(status))
            case .missed: tellAll(.look)
            }
        }
    }

    /// Ends every wait now and all later ones at once: the service is going down and its clients should ask again.
    package func close() {
        let all = state.withLock { state in
            state.isClosed = true
            defer { state.listeners = [:] }
            return state.listeners.values.flatMap(\.values)
        }
        for continuation in all { continuation.finish() }
    }

    /// How many wait now.
    package var waiterCount: Int { state.withLock { $0.listeners.values.reduce(0) { $0 + $1.count } } }

    package var isClosed: Bool { state.withLock { $0.isClosed } }

    func tell(_ id: SubmissionID, _ change: Change) {
        guard let listeners = state.withLock({ $0.listeners[id] }) else { return }
        for continuation in listeners.values { continuation.yield(change) }
    }

    private func tellAll(_ change: Change) {
        for continuation in state.withLock({ $0.listeners.values.flatMap(\.values) }) { continuation.yield(change) }
    }

    /// News of `id` from now on, so that nothing falls between a look at the store and the wait that follows.
    package func subscribe(to id: SubmissionID) -> Subscription {
        let (changes, continuation) = AsyncStream.makeStream(
            of: Change.self, bufferingPolicy: .bufferingNewest(Self.bufferedChanges))
        let token: UInt64? = state.withLock { state in
            guard !state.isClosed else { return nil }
            state.nextToken += 1
            state.listeners[id, default: [:]][state.nextToken] = continuation
            return state.nextToken
        }
        if token == nil { continuation.finish() }
        return Subscription(changes: changes, hub: self, id: id, token: token)
    }

    private func end(_ id: SubmissionID, _ token: UInt64) {
        state.withLock { state in
            state.listeners[id]?[token] = nil
            if state.listeners[id]?.isEmpty == true { state.listeners[id] = nil }
        }
    }

    /// One listener's place; to be cancelled when it is done.
    package struct Subscription: Sendable {
        /// Ends when the hub is closed or the task that reads is cancelled.
        package let changes: AsyncStream<Change>
        fileprivate let hub: ChangeHub
        fileprivate let id: SubmissionID
        fileprivate let token: UInt64?

        package func cancel() {
            if let token { hub.end(id, token) }
        }

        /// Returns when the submission may have ended, the hub is closed, `timeout` is over or the task is cancelled.
        /// To be called once.
        func waitForEnd(_ timeout: Duration) async {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await change in changes {
                        switch change {
                        case .status(.finished), .status(.cancelled), .look: return
                        case .status, .progress: continue
                        }
                    }
                }
                group.addTask { try? await Task.sleep(for: timeout) }
                await group.next()
                group.cancelAll()
            }
        }
    }
}
