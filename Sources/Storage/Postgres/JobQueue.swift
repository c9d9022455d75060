import Dispatch
import Synchronization

/// What the threads with connections have to do, first come, first served.
final class JobQueue: Sendable {
    typealias Job = @Sendable (PostgresSession) -> Void

    private struct State {
        var jobs: [Job] = []
        /// Jobs at the front that were taken.
        var taken = 0
        var isClosed = false

        mutating func take() -> Job? {
            guard taken < jobs.count else { return nil }
            defer {
                taken += 1
                if taken > 64, taken * 2 > jobs.count {
                    jobs.removeFirst(taken)
                    taken = 0
                }
            }
            return jobs[taken]
        }
    }

    private let state = Mutex(State())
    private let waiting = DispatchSemaphore(value: 0)

    /// `false` when the queue is closed.
    func add(_ job: @escaping Job) -> Bool {
        let isTaken = state.withLock { state in
            if !state.isClosed { state.jobs.append(job) }
            return !state.isClosed
        }
        if isTaken { waiting.signal() }
        return isTaken
    }

    /// Blocks until there is one; `nil` when the queue is closed and empty.
    func next() -> Job? {
        waiting.wait()
        let job = state.withLock { $0.take() }
        // So that the next thread learns of the end too.
        if job == nil { waiting.signal() }
        return job
    }

    func close() {
        let wasClosed = state.withLock { state in
            defer { state.isClosed = true }
            return state.isClosed
        }
        if !wasClosed { waiting.signal() }
    }
}
