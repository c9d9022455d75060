import CoreMetrics
import Synchronization

final class PrometheusCounter: CounterHandler, Sendable {
    private let count = Atomic<Int64>(0)

    var value: Int64 { count.load(ordering: .relaxed) }

    func increment(by amount: Int64) { count.wrappingAdd(amount, ordering: .relaxed) }

    func reset() { count.store(0, ordering: .relaxed) }
}

final class PrometheusGauge: MeterHandler, Sendable {
    private let current = Mutex(0.0)

    var value: Double { current.withLock { $0 } }

    func set(_ value: Int64) { current.withLock { $0 = Double(value) } }

    func set(_ value: Double) { current.withLock { $0 = value } }

    func increment(by amount: Double) { current.withLock { $0 += amount } }

    func decrement(by amount: Double) { current.withLock { $0 -= amount } }
}

/// Counts by upper bound. Timers report nanoseconds, and are kept in seconds as Prometheus wants them.
final class PrometheusHistogram: TimerHandler, RecorderHandler, Sendable {
    private struct State: Sendable {
        /// One more than the bounds: the last counts what is above them all. Not cumulative.
        var counts: [Int64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[index] += 1
            state.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func text(name: String, labels: String) -> String {
        let state = state.withLock { $0 }
        let prefix = labels.isEmpty ? "" : labels + ","
        var text = ""
        var total: Int64 = 0
        for (bound, count) in zip(bounds + [.infinity], state.counts) {
            total += count
            text += PrometheusRegistry.line(
                name + "_bucket", "\(prefix)le=\"\(PrometheusRegistry.number(bound))\"", "\(total)")
        }
        text += PrometheusRegistry.line(name + "_sum", labels, PrometheusRegistry.number(state.sum))
        text += PrometheusRegistry.line(name + "_count", labels, "\(total)")
        return text
    }
}
