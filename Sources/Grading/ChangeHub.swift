package import Core
package import Storage
import Synchronization

/// Tells those who wait what happens to a submission. They come and go by the thousand; each costs one stream.
package final class ChangeHub: Sendable {
    /// News about one submission.
    package enum Change: Sendable, Hashable {
        case status(SubmissionStatus)
        /// Its place in the queue is another one than before.
        case place(QueueForecast.Place)
        /// `done` of `total` tests are judged. Known only where the submission is graded.
        case progress(done: Int, total: Int)
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

    /// Passes the store's events on until the stream ends or the task is cancelled. When some may have been missed, and
    /// now and then in case one was lost without a trace, all that are waited for are looked up together: were every
    /// waiter to look for itself, thousands would at the same moment.
    package func run(_ events: AsyncStream<StoreEvent>, of store: Store) async {
        let missed = Bell()
        await withDiscardingTaskGroup { group in
            group.addTask { await self.lookAgain(after: missed, at: store) }
            for await event in events {
                switch event {
                case .queued: break
                case .changed(let id, let status): tell(id, .status(status))
                case .missed: missed.ring()
                }
            }
            group.cancelAll()
        }
    }

    /// How often what is waited for is looked up without being told to.
    static let lookInterval = Duration.seconds(15)
    /// After a look that failed.
    static let pauseAfterFailure = Duration.seconds(1)

    private func lookAgain(after missed: Bell, at store: Store) async {
        var pause = Self.lookInterval
        while !Task.isCancelled {
            await missed.wait(for: pause)
            pause = Self.lookInterval
            do throws(StorageError) {
                var ids = listened
                while !ids.isEmpty, !Task.isCancelled {
                    let chunk = Array(ids.prefix(Store.maximumStatuses))
                    ids.removeFirst(chunk.count)
                    for (id, status) in try await store.statuses(of: chunk) { tell(id, .status(status)) }
                }
            } catch { pause = Self.pauseAfterFailure }
        }
    }

    /// Submissions that somebody waits for.
    private var listened: [SubmissionID] { state.withLock { Array($0.listeners.keys) } }

    /// Between two looks at who has moved up.
    static let placeInterval = Duration.seconds(1)

    /// Tells those who wait for a queued submission when it moves up, until the task is cancelled.
    package func tellPlaces(of forecast: QueueForecast) async {
        var told: [SubmissionID: Int] = [:]
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.placeInterval)
            let ids = listened
            guard !ids.isEmpty else {
                told = [:]
                continue
            }
            let places = await forecast.outlook().places
            var now: [SubmissionID: Int] = [:]
            for id in ids {
                guard let place = places[id], let position = place.position else { continue }
                now[id] = position
                if told[id] != position { tell(id, .place(place)) }
            }
            told = now
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

        /// Returns when the submission has ended (`true`), the hub is closed, `timeout` is over or the task is cancelled.
        /// To be called once.
        @discardableResult
        func waitForEnd(_ timeout: Duration) async -> Bool {
            await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    for await change in changes {
                        switch change {
                        case .status(.finished), .status(.cancelled): return true
                        case .status, .progress, .place: continue
                        }
                    }
                    return false
                }
                group.addTask {
                    try? await Task.sleep(for: timeout)
                    return false
                }
                defer { group.cancelAll() }
                return await group.next() ?? false
            }
        }
    }
}
