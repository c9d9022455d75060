import Core
package import Logging
package import Storage

/// Tells the nodes that share the store that this one is alive, learns from them what can be graded, and now and then
/// tidies what is everybody's.
package struct Heartbeat: Sendable {
    let store: Store
    let context: GradingContext
    let capacity: Capacity
    let description: NodeDescription
    let logger: Logger

    /// Between two signs of life: three may be lost before a node counts as silent.
    package static let interval = Duration.seconds(4)
    /// A node that was silent for so long is forgotten.
    package static let forgetAfter = Duration.seconds(86_400)
    /// Between two looks for what is needed no more.
    static let tidyInterval = Duration.seconds(600)

    /// `description` as it will be told, but for what is free.
    package init(
        store: Store, context: GradingContext, capacity: Capacity, description: NodeDescription, logger: Logger
    ) {
        self.store = store
        self.context = context
        self.capacity = capacity
        self.description = description
        self.logger = logger
    }

    /// Makes the node known. What an earlier run of it was able to do is forgotten.
    package func join() async throws {
        try await store.forgetNode(description.name)
        try await beat()
    }

    /// Beats until the task is cancelled; then the node takes its leave.
    package func run() async {
        var tidiedAt = ContinuousClock.now
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.interval)
            guard !Task.isCancelled else { break }
            do {
                try await beat()
                if !description.role.grades { try await learn() }
                if ContinuousClock.now - tidiedAt > Self.tidyInterval {
                    tidiedAt = .now
                    try await store.forgetNodes(silentFor: Self.forgetAfter)
                    try await store.removeUnusedBlobs()
                }
            } catch { logger.warning("cannot give a sign of life", metadata: ["error": "\(error)"]) }
        }
        // The task is cancelled, the store is not closed yet: this need not outlive anything.
        await Task { try? await store.forgetNode(description.name) }.value
    }

    private func beat() async throws {
        var description = description
        description.free = capacity.available
        description.activity = await context.backends.activity()
        try await store.heartbeat(description, abilities: NodeAbilities(context))
    }

    /// Takes over what the other nodes can grade; `false` when none was ever seen. Nodes that are alive count; where
    /// all are silent, what they could do before is still accepted and waits for them.
    @discardableResult
    package func learn() async throws -> Bool {
        let nodes = try await store.abilities(NodeAbilities.self)
        let alive = nodes.filter(\.node.isAlive)
        guard let common = NodeAbilities.common(of: (alive.isEmpty ? nodes : alive).map(\.abilities)) else {
            return false
        }
        context.adopt(common)
        return true
    }

    /// Returns when there is a node that grades; `false` when `isStopped` came first.
    package func waitForNodes(unless isStopped: () -> Bool) async throws -> Bool {
        while try await !learn() {
            guard !isStopped() else { return false }
            try await beat()
            try await Task.sleep(for: .milliseconds(500))
        }
        return true
    }
}
