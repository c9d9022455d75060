import Synchronization

/// Tells handlers that wait (long polls, event streams) that the server wants to end, so that they can answer with a
/// hint to come back instead of being cut off.
package final class DrainSignal: Sendable {
    private struct State {
        var isDraining = false
        var nextWaiter = 0
        var waiters: [Int: UnsafeContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// The signal of requests that no server made; it never comes.
    package static let never = DrainSignal()

    package var isDraining: Bool { state.withLock { $0.isDraining } }

    /// Returns when the server drains or the task is cancelled.
    package func wait() async {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withUnsafeContinuation { waiter in
                let isOver = state.withLock { state in
                    if state.isDraining || Task.isCancelled { return true }
                    state.waiters[number] = waiter
                    return false
                }
                if isOver { waiter.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
    }

    func begin() {
        let waiters = state.withLock { state in
            state.isDraining = true
            defer { state.waiters = [:] }
            return state.waiters
        }
        waiters.values.forEach { $0.resume() }
    }
}
