import CLinux
import Glibc
import Synchronization

/// One epoll instance and the thread that serves it, which is also the executor of its connections' tasks: a handler
/// runs on the thread that read its request, without a hop, until it waits for something.
///
/// Nothing here belongs to a thread; everything that is shared is behind a lock. So when a handler blocks its thread,
/// `StallWatch` lets another thread take the loop over, and the blocked one leaves when it comes back.
final class EventLoop: TaskExecutor {
    /// What a thread does next, and whether it sleeps. `isPolling` is set when the queue was seen empty, so whoever
    /// enqueues knows that a wake-up is needed, and sends only one.
    fileprivate struct Queue {
        var jobs: [UnownedJob] = []
        var next = 0
        var isPolling = false
        var isStopped = false
        /// Connections with output that waits for the end of this turn.
        var flushes: [Connection] = []
    }

    /// Who runs the loop: the generation of its thread in the upper half, and a counter in the lower half that is odd
    /// while a job runs. One word, so that taking over and finishing a job exclude each other.
    let turn = Atomic<UInt64>(0)

    private let epoll: Int32
    private let wakeup: Int32
    private let queue = Mutex(Queue())
    private let connections = Mutex<[Int32: Connection]>([:])
    private let listeners = Mutex<[Int32: @Sendable () -> Void]>([:])
    /// The earliest deadline of any connection.
    private let nextSweep = Atomic<UInt64>(.max)

    /// Deadlines are met this much late at most, so that many of them cost one sweep.
    private static let sweepInterval: Duration = .milliseconds(20)
    private static let eventsPerTurn = 256

    init() throws(ServerError) {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw .systemCallFailed("epoll_create1", errno: errno) }
        wakeup = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard wakeup >= 0 else {
            let code = errno
            close(epoll)
            throw .systemCallFailed("eventfd", errno: code)
        }
        control(EPOLL_CTL_ADD, wakeup, EPOLLIN.rawValue | EPOLLET.rawValue)
    }

    deinit {
        close(wakeup)
        close(epoll)
    }

    // What others ask of it.

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        wake(
            queue.withLock { queue in
                queue.jobs.append(job)
                return queue.takePolling()
            })
    }

    func add(_ connection: Connection) -> Bool {
        connections.withLock { $0[connection.descriptor] = connection }
        let events = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        guard control(EPOLL_CTL_ADD, connection.descriptor, events) else {
            connections.withLock { _ = $0.removeValue(forKey: connection.descriptor) }
            return false
        }
        return true
    }

    /// Before its descriptor is closed.
    func remove(_ connection: Connection) {
        connections.withLock { _ = $0.removeValue(forKey: connection.descriptor) }
    }

    var allConnections: [Connection] { connections.withLock { Array($0.values) } }

    /// Calls `accept` on this loop whenever a client waits at `listener`, until it is paused.
    @discardableResult
    func listen(_ listener: Int32, accept: @escaping @Sendable () -> Void) -> Bool {
        listeners.withLock { $0[listener] = accept }
        return control(EPOLL_CTL_ADD, listener, EPOLLIN.rawValue)
    }

    func pause(listener: Int32) { control(EPOLL_CTL_MOD, listener, 0) }

    func resume(listener: Int32) {
        listeners.withLock { listeners in
            // Its number may be another's by now.
            if listeners[listener] != nil { control(EPOLL_CTL_MOD, listener, EPOLLIN.rawValue) }
        }
    }

    func unlisten(_ listener: Int32) {
        control(EPOLL_CTL_DEL, listener, 0)
        listeners.withLock { _ = $0.removeValue(forKey: listener) }
    }

    /// Makes the loop look at its connections' deadlines at `deadline`, or before.
    func arm(_ deadline: Instant) {
        var known = nextSweep.load(ordering: .relaxed)
        while deadline.nanoseconds < known {
            let (exchanged, found) = nextSweep.weakCompareExchange(
                expected: known, desired: deadline.nanoseconds, ordering: .sequentiallyConsistent)
            if exchanged {
                wake(queue.withLock { $0.takePolling() })
                return
            }
            known = found
        }
    }

    /// Sends what `connection` has to send when the jobs of this turn are done.
    func flushLater(_ connection: Connection) {
        wake(
            queue.withLock { queue in
                queue.flushes.append(connection)
                return queue.takePolling()
            })
    }

    func stop() {
        wake(
            queue.withLock { queue in
                queue.isStopped = true
                return queue.takePolling()
            })
    }

    // What its thread does.

    /// Serves until `stop()`, or until another thread took over.
    func run(generation: UInt32) {
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.eventsPerTurn) { events in
            while true {
                while let job = queue.withLock({ $0.takeJob() }) {
                    guard let turn = beginJob(generation) else {
                        // Another thread runs the loop: this job is its to run.
                        enqueue(ExecutorJob(job))
                        return
                    }
                    job.runSynchronously(on: asUnownedTaskExecutor())
                    guard endJob(turn) else { return }
                }
                for connection in queue.withLock({ $0.takeFlushes() }) { connection.flushNow() }
                guard queue.withLock({ $0.beginPolling() }) else { continue }
                if queue.withLock({ $0.isStopped }) { return }
                let count = epoll_wait(epoll, events.baseAddress, Int32(Self.eventsPerTurn), timeout())
                queue.withLock { $0.isPolling = false }
                // Edge-triggered: an event is told once, so it is passed on even by a thread that lost the loop.
                for event in events.prefix(Int(max(0, count))) { handle(event) }
                sweep()
                guard UInt32(turn.load(ordering: .acquiring) >> 32) == generation else { return }
            }
        }
    }

    private func beginJob(_ generation: UInt32) -> UInt64? {
        let before = turn.load(ordering: .relaxed)
        guard UInt32(before >> 32) == generation else { return nil }
        let running = UInt64(generation) << 32 | UInt64(UInt32(truncatingIfNeeded: before) &+ 1)
        return turn.compareExchange(expected: before, desired: running, ordering: .acquiringAndReleasing).exchanged
            ? running : nil
    }

    private func endJob(_ running: UInt64) -> Bool {
        let after = running & ~0xffff_ffff | UInt64(UInt32(truncatingIfNeeded: running) &+ 1)
        return turn.compareExchange(expected: running, desired: after, ordering: .acquiringAndReleasing).exchanged
    }

    private func handle(_ event: epoll_event) {
        let descriptor = event.data.fd
        if descriptor == wakeup {
            var count: UInt64 = 0
            _ = read(wakeup, &count, 8)
        } else if let connection = connections.withLock({ $0[descriptor] }) {
            connection.readiness.note(event.events)
        } else if let accept = listeners.withLock({ $0[descriptor] }) {
            accept()
        }
    }

    private func timeout() -> Int32 {
        let next = nextSweep.load(ordering: .sequentiallyConsistent)
        guard next != .max else { return -1 }
        let wait = Instant(nanoseconds: next).since(.now) + Self.sweepInterval
        return Int32(clamping: wait.wholeNanoseconds / 1_000_000)
    }

    /// Ends the waits whose deadline has passed, and finds the next one.
    private func sweep() {
        let due = nextSweep.load(ordering: .relaxed)
        guard due != .max, due <= Instant.now.nanoseconds else { return }
        // Before the connections are looked at, so that one that is armed meanwhile is not forgotten.
        nextSweep.store(.max, ordering: .sequentiallyConsistent)
        let now = Instant.now
        var earliest = Instant.never
        for connection in allConnections { earliest = min(earliest, connection.readiness.expire(now)) }
        if earliest != .never { arm(earliest) }
    }

    private func wake(_ isNeeded: Bool) {
        guard isNeeded else { return }
        var one: UInt64 = 1
        _ = write(wakeup, &one, 8)
    }

    @discardableResult
    private func control(_ operation: Int32, _ descriptor: Int32, _ events: UInt32) -> Bool {
        var event = epoll_event(events: events, data: epoll_data_t(fd: descriptor))
        return epoll_ctl(epoll, operation, descriptor, &event) == 0
    }
}

extension EventLoop.Queue {
    mutating func takeJob() -> UnownedJob? {
        guard next < jobs.count else { return nil }
        defer {
            next += 1
            if next == jobs.count {
                jobs.removeAll(keepingCapacity: jobs.capacity <= 1024)
                next = 0
            }
        }
        return jobs[next]
    }

    mutating func takeFlushes() -> [Connection] {
        guard !flushes.isEmpty else { return [] }
        defer { flushes.removeAll(keepingCapacity: true) }
        return flushes
    }

    /// Whether somebody sleeps and is to be woken; whoever asks has to do it.
    mutating func takePolling() -> Bool {
        defer { isPolling = false }
        return isPolling
    }

    /// Whether there is nothing to do, so that the thread may sleep.
    mutating func beginPolling() -> Bool {
        guard next == jobs.count, flushes.isEmpty else { return false }
        isPolling = !isStopped
        return true
    }
}
