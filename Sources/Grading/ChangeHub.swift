import Core
package import Storage
import Synchronization

/// Wakes those who wait for a submission to end. Waiters come and go by the thousand; each costs one stream.
package final class ChangeHub: Sendable {
    private struct State: Sendable {
        var waiters: [SubmissionID: [UInt64: AsyncStream<Void>.Continuation]] = [:]
        var nextToken: UInt64 = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    package init() {}

    /// Passes the store's events on until the stream ends or the task is cancelled.
    package func run(_ events: AsyncStream<StoreEvent>) async {
        for await event in events {
            switch event {
            case .queued: break
            case .changed(let id, let status): if status == .finished || status == .cancelled { wake(id) }
            case .missed: wakeAll()
            }
        }
    }

    /// Ends every wait now and all later ones at once: the service is going down and its clients should poll another.
    package func close() {
        state.withLock { $0.isClosed = true }
        wakeAll()
    }

    /// Whoever is woken looks at the store, and waits again if there is still something to wait for.
    private func wakeAll() {
        let all = state.withLock { state in
            defer { state.waiters = [:] }
            return state.waiters.values.flatMap(\.values)
        }
        for continuation in all { continuation.finish() }
    }

    /// How many waits are under way.
    package var waiterCount: Int { state.withLock { $0.waiters.values.reduce(0) { $0 + $1.count } } }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    private func wake(_ id: SubmissionID) {
        let woken = state.withLock { $0.waiters.removeValue(forKey: id) } ?? [:]
        for continuation in woken.values { continuation.finish() }
    }

    /// A wait for the end of `id` that begins now, so that no change between a read of the store and the wait is missed.
    func subscribe(to id: SubmissionID) -> Subscription {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let token: UInt64? = state.withLock { state in
            guard !state.isClosed else { return nil }
            state.nextToken += 1
            state.waiters[id, default: [:]][state.nextToken] = continuation
            return state.nextToken
        }
        if token == nil { continuation.finish() }
        return Subscription(hub: self, id: id, token: token, stream: stream)
    }

    struct Subscription: Sendable {
        fileprivate let hub: ChangeHub
        fileprivate let id: SubmissionID
        fileprivate let token: UInt64?
        fileprivate let stream: AsyncStream<Void>

        /// Returns when the submission has ended, the hub is closed, `timeout` is over or the task is cancelled.
        func wait(for timeout: Duration) async {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for await _ in stream {} }
                group.addTask { try? await Task.sleep(for: timeout) }
                await group.next()
                group.cancelAll()
            }
        }

        func cancel() {
            guard let token else { return }
            hub.state.withLock { state in
                state.waiters[id]?[token] = nil
                if state.waiters[id]?.isEmpty == true { state.waiters[id] = nil }
            }
        }
    }
}
