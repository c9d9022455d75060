package import Core
package import Sandboxing

/// What a node can grade. Nodes that grade nothing themselves learn from it what to accept.
package struct NodeAbilities: Sendable, Hashable, Codable {
    package var languages: [LanguageCatalog.Entry]
    package var backends: [BackendReport]
    package var defaultBackend: BackendName
    package var capacity: ResourceDemand

    package init(
        languages: [LanguageCatalog.Entry], backends: [BackendReport], defaultBackend: BackendName,
        capacity: ResourceDemand
    ) {
        self.languages = languages
        self.backends = backends
        self.defaultBackend = defaultBackend
        self.capacity = capacity
    }

    package init(_ context: GradingContext) {
        self.init(
            languages: context.languages.entries,
            backends: context.backends.backends.compactMap { context.backends.reports[$0.name] },
            defaultBackend: context.backends.defaultName, capacity: context.policy.capacity)
    }

    /// What may be accepted where all of `nodes` share a queue: any of them may get a submission, so a language or a
    /// backend is there if it is there on every one. What fits into the largest is waited for by it. `nil` where there
    /// are no nodes.
    package static func common(of nodes: [NodeAbilities]) -> NodeAbilities? {
        guard var common = nodes.first else { return nil }
        for node in nodes.dropFirst() {
            let languages = Dictionary(node.languages.map { ($0.language.name, $0) }) { first, _ in first }
            common.languages = common.languages.compactMap { entry in
                guard let other = languages[entry.language.name] else { return nil }
                if case .unavailable = other.availability { return other }
                return entry
            }
            let backends = Dictionary(node.backends.map { ($0.name, $0) }) { first, _ in first }
            common.backends = common.backends.compactMap { report in
                guard let other = backends[report.name] else { return nil }
                if case .unavailable = other.availability { return other }
                return report
            }
            common.capacity.cpus = max(common.capacity.cpus, node.capacity.cpus)
            common.capacity.memory = max(common.capacity.memory, node.capacity.memory)
        }
        return common
    }
}
