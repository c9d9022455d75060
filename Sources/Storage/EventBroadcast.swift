import Core
import Synchronization

/// Gives every listener every event. A listener that is slow holds up nobody and loses nothing: events for the same
/// submission are joined, and beyond `Mailbox.capacity` submissions all become one `missed`.
final class EventBroadcast: Sendable {
    private struct Listener {
        weak var mailbox: Mailbox?
    }

    private let listeners = Mutex<[Listener]>([])

    func post(_ events: [StoreEvent]) {
        guard !events.isEmpty else { return }
        for mailbox in listeners.withLock({ $0.compactMap(\.mailbox) }) { mailbox.post(events) }
    }

    /// Begins with the events that are posted from now on. Ends when it is dropped, its task is cancelled, or on
    /// `finish()`.
    func stream() -> AsyncStream<StoreEvent> {
        let mailbox = Mailbox()
        listeners.withLock {
            $0.removeAll { $0.mailbox == nil }
            $0.append(Listener(mailbox: mailbox))
        }
        return AsyncStream(unfolding: { await mailbox.next() })
    }

    func finish() {
        for mailbox in listeners.withLock({ $0.compactMap(\.mailbox) }) { mailbox.finish() }
    }
}

/// What one listener has not taken yet.
final class Mailbox: Sendable {
    /// Submissions whose latest change is kept for a listener that does not take it.
    static let capacity = 4096

    private struct State {
        var queued = false
        var missed = false
        var changes: [SubmissionID: SubmissionStatus] = [:]
        /// The keys of `changes`, oldest change first.
        var order: [SubmissionID] = []
        var taken = 0
        var isFinished = false
        var waiter: CheckedContinuation<StoreEvent?, Never>?

        mutating func add(_ event: StoreEvent) {
            switch event {
            case .queued: queued = true
            case .missed: missed = true
            case .changed(let id, let status):
                if changes.updateValue(status, forKey: id) == nil { order.append(id) }
                if changes.count > Mailbox.capacity {
                    changes = [:]
                    order = []
                    taken = 0
                    missed = true
                }
            }
        }

        mutating func take() -> StoreEvent? {
            if missed {
                missed = false
                return .missed
            }
            if queued {
                queued = false
                return .queued
            }
            guard taken < order.count else { return nil }
            let id = order[taken]
            taken += 1
            if taken == order.count || taken > Mailbox.capacity {
                order.removeFirst(taken)
                taken = 0
            }
            return changes.removeValue(forKey: id).map { .changed(id, $0) }
        }
    }

    private let state = Mutex(State())

    func post(_ events: [StoreEvent]) {
        let wake: (CheckedContinuation<StoreEvent?, Never>, StoreEvent)? = state.withLock { state in
            for event in events { state.add(event) }
            guard let waiter = state.waiter, let event = state.take() else { return nil }
            state.waiter = nil
            return (waiter, event)
        }
        wake?.0.resume(returning: wake?.1)
    }

    func finish() {
        let waiter = state.withLock { state in
            state.isFinished = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: nil)
    }

    /// The next event; `nil` when the task is cancelled or the store closed.
    func next() async -> StoreEvent? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: StoreEvent?? = state.withLock { state in
                    if let event = state.take() { return .some(event) }
                    if state.isFinished || Task.isCancelled { return .some(nil) }
                    state.waiter = continuation
                    return .none
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(returning: nil)
        }
    }
}
