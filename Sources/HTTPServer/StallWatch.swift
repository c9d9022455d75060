import CLinux
import Glibc
import Synchronization

/// Runs event loops on threads, and gives a loop another thread when a handler blocks the one it has: a handler that
/// waits inside a system call, or computes for long, delays the other connections by `patience` at most.
final class StallWatch: Sendable {
    private struct State {
        var isStopped = false
        var threads = 0
    }

    private let loops: [EventLoop]
    private let tally: ConnectionTally
    private let state = Mutex(State())

    private static let patience: Duration = .milliseconds(10)
    /// How often an idle server is looked at.
    private static let idlePatience: Duration = .milliseconds(100)
    /// Threads that may be blocked at one time; when all are, the loops wait for one of them.
    private static let maximumThreads = 64

    /// Connections from which on a crowd's memory is worth giving back.
    private static let crowd = 512

    init(_ loops: [EventLoop], _ tally: ConnectionTally) {
        self.loops = loops
        self.tally = tally
    }

    func start() {
        for loop in loops { spawn { loop.run(generation: 0) } }
        spawn { self.watch() }
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        for loop in loops { loop.stop() }
    }

    private func watch() {
        var seen = loops.map { $0.turn.load(ordering: .relaxed) }
        var peak = 0
        while !state.withLock({ $0.isStopped }) {
            let wasBusy = zip(loops, seen).contains { $0.turn.load(ordering: .relaxed) != $1 || $1 & 1 == 1 }
            let wait = (wasBusy ? Self.patience : Self.idlePatience).wholeNanoseconds
            seen = loops.map { $0.turn.load(ordering: .relaxed) }
            var time = timespec(tv_sec: 0, tv_nsec: Int(wait))
            nanosleep(&time, nil)
            for (loop, before) in zip(loops, seen) where before & 1 == 1 { relieve(loop, stuckAt: before) }
            peak = max(peak, tally.total)
            if peak >= Self.crowd, tally.total < peak / 4 {
                // The allocator keeps what a crowd used; the machine's other work can use it better.
                malloc_trim(0)
                peak = tally.total
            }
        }
    }

    /// Starts another thread for `loop` if it still runs the job that it ran at `turn`.
    private func relieve(_ loop: EventLoop, stuckAt turn: UInt64) {
        guard state.withLock({ $0.threads < Self.maximumThreads && !$0.isStopped }) else { return }
        let generation = UInt32(turn >> 32) &+ 1
        let after = UInt64(generation) << 32 | UInt64(UInt32(truncatingIfNeeded: turn) &+ 1)
        guard loop.turn.compareExchange(expected: turn, desired: after, ordering: .acquiringAndReleasing).exchanged
        else { return }
        spawn { loop.run(generation: generation) }
    }

    private func spawn(_ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.threads += 1 }
        let box = Unmanaged.passRetained(
            ThreadBody {
                body()
                self.state.withLock { $0.threads -= 1 }
            })
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        defer { pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        let code = pthread_create(
            &thread, &attributes,
            { argument in
                if let argument { Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, box.toOpaque())
        // Without its threads nothing runs; there is no one to tell.
        precondition(code == 0, "cannot start a thread: \(code)")
    }

    private final class ThreadBody: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
