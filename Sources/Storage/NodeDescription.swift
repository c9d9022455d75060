package import Core
package import Foundation

/// A node as it describes itself to the others.
package struct NodeDescription: Sendable, Hashable, Codable {
    package var name: String
    /// Which parts it runs: `all`, `api` or `worker`.
    package var role: String
    /// Of the program.
    package var version: String
    package var startedAt: Date
    /// What it has for submissions, and what of that is free.
    package var capacity: ResourceDemand
    package var free: ResourceDemand
    /// Available backends, with their versions.
    package var backends: [String: String]

    package init(
        name: String, role: String, version: String, startedAt: Date, capacity: ResourceDemand, free: ResourceDemand,
        backends: [String: String]
    ) {
        self.name = name
        self.role = role
        self.version = version
        self.startedAt = startedAt
        self.capacity = capacity
        self.free = free
        self.backends = backends
    }
}

/// A node, and when it last gave a sign of life.
package struct NodeRecord: Sendable, Hashable {
    package let description: NodeDescription
    package let silentFor: Duration
}

extension Store {
    /// A sign of life: keeps `description` in place of an earlier one of the same name.
    package func heartbeat(_ description: NodeDescription) async throws(StorageError) {
        let body = try Stored.encode(description)
        try await database.write(durable: .soon) { [clock] (connection) throws(StorageError) -> Void in
            let now = try clock.now(of: connection)
            try connection.run(
                """
                INSERT INTO nodes (name, description, seen_at) VALUES (\(description.name), \(body), \(now))
                ON CONFLICT (name) DO UPDATE SET description = excluded.description, seen_at = excluded.seen_at
                """)
        }
    }

    /// Every node that was seen and not forgotten, by name.
    package func nodes() async throws(StorageError) -> [NodeRecord] {
        try await database.read { [clock] (connection) throws(StorageError) in
            let now = try clock.now(of: connection)
            var nodes: [NodeRecord] = []
            for row in try connection.run("SELECT name, description, seen_at FROM nodes ORDER BY name") {
                let description = try Stored.decode(NodeDescription.self, row.blob(1), of: row.text(0))
                // Seen later than now: before the clock began anew.
                let silence = max(0, now - (try row.integer(2)))
                nodes.append(NodeRecord(description: description, silentFor: .milliseconds(silence)))
            }
            return nodes
        }
    }

    /// Forgets nodes that were silent for longer than `duration`; gives back how many.
    @discardableResult
    package func forgetNodes(silentFor duration: Duration) async throws(StorageError) -> Int {
        try await database.write { [clock] (connection) throws(StorageError) in
            let before = try clock.now(of: connection) - Milliseconds.of(duration)
            return try connection.run("DELETE FROM nodes WHERE seen_at < \(before) RETURNING name").count
        }
    }

    /// A node that ends by itself.
    package func forgetNode(_ name: String) async throws(StorageError) {
        try await database.write { (connection) throws(StorageError) -> Void in
            try connection.run("DELETE FROM nodes WHERE name = \(name)")
        }
    }
}
