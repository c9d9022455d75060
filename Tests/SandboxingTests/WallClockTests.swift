import Core
import Synchronization
import Testing

@testable import Sandboxing

struct WallClockTests {
    private final class Rings: Sendable {
        let moments = Mutex<[String: [ContinuousClock.Instant]]>([:])

        func ring(_ name: String) { moments.withLock { $0[name, default: []].append(.now) } }
        subscript(name: String) -> [ContinuousClock.Instant] { moments.withLock { $0[name] ?? [] } }
    }

    private let clock = WallClock()
    private let rings = Rings()

    private func set(_ name: String, after time: Duration) -> WallClock.Alarm {
        clock.set(after: time) { [rings] in rings.ring(name) }
    }

    @Test func anAlarmRingsOnceAndNotBeforeItsTime() async throws {
        let start = ContinuousClock.now
        _ = set("a", after: .milliseconds(30))
        #expect(try await eventually { !rings["a"].isEmpty })
        try await Task.sleep(for: .milliseconds(60))
        #expect(rings["a"].count == 1)
        #expect(rings["a"].allSatisfy { $0 - start >= .milliseconds(30) })
    }

    /// The thread waits for the later one when the sooner one comes.
    @Test func aSoonerAlarmDoesNotWaitForALaterOne() async throws {
        _ = set("late", after: .seconds(3600))
        try await Task.sleep(for: .milliseconds(20))
        _ = set("soon", after: .milliseconds(10))
        _ = set("at once", after: .zero)
        _ = set("never", after: .seconds(4_000_000_000))
        #expect(try await eventually { !rings["soon"].isEmpty && !rings["at once"].isEmpty })
        #expect(rings["late"].isEmpty && rings["never"].isEmpty)
    }

    @Test func aCancelledAlarmDoesNotRingAndThoseAfterItDo() async throws {
        let cancelled = set("cancelled", after: .milliseconds(30))
        _ = set("kept", after: .milliseconds(60))
        clock.cancel(cancelled)
        clock.cancel(cancelled)
        #expect(try await eventually { !rings["kept"].isEmpty })
        #expect(rings["cancelled"].isEmpty)
        _ = set("new", after: .milliseconds(1))
        #expect(try await eventually { !rings["new"].isEmpty })
    }

    @Test func alarmsOfManyTasksAllRing() async throws {
        await withTaskGroup { group in
            for number in 0..<1000 {
                group.addTask { _ = set("\(number)", after: .milliseconds(number % 50)) }
            }
        }
        #expect(try await eventually { rings.moments.withLock(\.count) == 1000 })
        #expect(rings.moments.withLock { $0.values.allSatisfy { $0.count == 1 } })
    }

    @Test func whatEndsInTimeIsNotStopped() async throws {
        let stops = Rings()
        let (result, reason) = try await withTimeLimit(.milliseconds(50), stop: { _ in stops.ring("stop") }) {
            () async throws(SandboxError) -> Int in 7
        }
        #expect(result == 7 && reason == nil)
        try await Task.sleep(for: .milliseconds(100))
        #expect(stops["stop"].isEmpty)
    }
}
