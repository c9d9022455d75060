package import Core

/// Where an operator lets programs connect to, at most.
package struct EgressPolicy: Sendable {
    /// Empty lets nobody connect anywhere.
    package var destinations: [EgressDestination]
    /// Bytes per second of a sandbox in each direction, at most; `nil` is unlimited.
    package var bytesPerSecond: Int?

    package init(destinations: [EgressDestination] = [], bytesPerSecond: Int? = nil) {
        self.destinations = destinations
        self.bytesPerSecond = bytesPerSecond
    }

    /// The most destinations of one task; the launcher takes no more.
    package static let maximumDestinations = 64

    /// `network` as it is granted.
    func granted(_ network: NetworkMode) throws(SubmissionProblem) -> NetworkMode {
        guard case .egress(var rules) = network else { return network }
        guard rules.allow.count <= Self.maximumDestinations else {
            throw SubmissionProblem(.network, "at most \(Self.maximumDestinations) destinations are allowed")
        }
        for text in rules.allow {
            guard let destination = EgressDestination(text) else {
                throw SubmissionProblem(
                    .network, "'\(text.shortened)' is no destination such as 192.0.2.0/24:443")
            }
            guard destinations.contains(where: { $0.contains(destination) }) else {
                throw SubmissionProblem(.network, "programs may not connect to \(text) here")
            }
        }
        if let most = bytesPerSecond { rules.bytesPerSecond = min(rules.bytesPerSecond ?? most, most) }
        return .egress(rules)
    }
}
