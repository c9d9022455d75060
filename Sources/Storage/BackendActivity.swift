package import Core

/// What a node's backend was doing when the node gave its last sign of life.
package struct BackendActivity: Sendable, Hashable, Codable {
    package var name: BackendName
    /// Medians of its last runs; `nil` before the first.
    package var stages: StageTimings?
    /// Sandboxes that are ready, and how many are to be; `nil` for a backend that keeps none.
    package var ready: Int?
    package var target: Int?

    package init(name: BackendName, stages: StageTimings?, ready: Int?, target: Int?) {
        self.name = name
        self.stages = stages
        self.ready = ready
        self.target = target
    }
}
