package import Core
import Synchronization

/// How long the stages of a backend's last runs took.
package final class StageStatistics: Sendable {
    private struct State {
        var runs: [StageTimings] = []
        var cleans: [Duration] = []
        var warmRuns = 0
    }

    /// Runs that are remembered.
    package static let capacity = 100

    private let state = Mutex(State())

    package init() {}

    func record(_ stages: StageTimings) {
        state.withLock { state in
            if state.runs.count == Self.capacity { state.runs.removeFirst() }
            state.runs.append(stages)
        }
    }

    func recordWarmRun() { state.withLock { $0.warmRuns += 1 } }

    /// Runs that a prepared runtime took, since the start.
    package var warmRuns: Int { state.withLock { $0.warmRuns } }

    func record(clean: Duration) {
        state.withLock { state in
            if state.cleans.count == Self.capacity { state.cleans.removeFirst() }
            state.cleans.append(clean)
        }
    }

    /// The median of each stage; `nil` before the first run.
    package var medians: StageTimings? {
        state.withLock { state in
            guard !state.runs.isEmpty else { return nil }
            func median(_ values: [Duration]) -> Duration { values.isEmpty ? .zero : values.sorted()[values.count / 2] }
            return StageTimings(
                create: median(state.runs.map(\.create)), launch: median(state.runs.map(\.launch)),
                execute: median(state.runs.map(\.execute)), stop: median(state.runs.map(\.stop)),
                clean: median(state.cleans))
        }
    }
}
