import Glibc
import Synchronization

/// Rings when a run's wall time is over, on one thread for all runs. A sleeping task would wake threads when it begins and
/// when it is cancelled, which takes longer than a small program does, and its timer would stay until it is due.
final class WallClock: Sendable {
    static let shared = WallClock()

    /// What `set` returns and `cancel` takes.
    struct Alarm: Hashable {
        fileprivate let number: UInt64
    }

    private struct State {
        var next: UInt64 = 0
        var alarms: [Alarm: (due: ContinuousClock.Instant, ring: @Sendable () -> Void)] = [:]
        /// When the thread looks again; `nil` if not before it is woken.
        var looksAgain: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    /// Wakes the thread when an alarm is due before it looks again.
    private let wake: Wake

    init() {
        do { wake = try Wake() } catch { preconditionFailure("\(error)") }
        startThread { self.watch() }
    }

    /// Calls `ring` once when `time` is over, unless the alarm is cancelled before. The thread is for all: `ring` must not
    /// wait for anything.
    func set(after time: Duration, _ ring: @escaping @Sendable () -> Void) -> Alarm {
        let due = ContinuousClock.now + time
        let (alarm, isSooner) = state.withLock { state in
            state.next += 1
            let alarm = Alarm(number: state.next)
            state.alarms[alarm] = (due, ring)
            let isSooner = state.looksAgain.map { due < $0 } ?? true
            if isSooner { state.looksAgain = due }
            return (alarm, isSooner)
        }
        if isSooner { wake.ring() }
        return alarm
    }

    /// The thread is left alone: it finds nothing to do when it would have rung.
    func cancel(_ alarm: Alarm) { _ = state.withLock { $0.alarms.removeValue(forKey: alarm) } }

    private func watch() {
        while true {
            var polled = wake.polled
            if poll(&polled, 1, timeout()) > 0 { wake.clear() }
            for ring in takeDue() { ring() }
        }
    }

    /// Milliseconds until the thread is to look again, no sooner than an alarm is due; -1 without one.
    private func timeout() -> Int32 {
        guard let looksAgain = state.withLock(\.looksAgain) else { return -1 }
        let left = max(.zero, looksAgain - ContinuousClock.now) / .milliseconds(1)
        return Int32(min(left.rounded(.up), 1_000_000_000))
    }

    private func takeDue() -> [@Sendable () -> Void] {
        state.withLock { state in
            let now = ContinuousClock.now
            let due = state.alarms.filter { $0.value.due <= now }
            for alarm in due.keys { state.alarms[alarm] = nil }
            state.looksAgain = state.alarms.values.map(\.due).min()
            return due.values.map(\.ring)
        }
    }
}
