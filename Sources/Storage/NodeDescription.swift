package import Core
package import Foundation

/// A node as it describes itself to the others.
package struct NodeDescription: Sendable, Hashable, Codable {
    package var name: String
    package var role: NodeRole
    /// Of the program.
    package var version: String
    package var startedAt: Date
    /// What it has for submissions, and what of that is free.
    package var capacity: ResourceDemand
    package var free: ResourceDemand
    /// Available backends, with their versions.
    package var backends: [String: String]
    /// What these do at the moment; `nil` from a node of an older version.
    package var activity: [BackendActivity]?

    package init(
        name: String, role: NodeRole, version: String, startedAt: Date, capacity: ResourceDemand, free: ResourceDemand,
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

/// Which parts of the service a node runs.
package enum NodeRole: String, Sendable, Hashable, Codable, CaseIterable {
    case all
    /// Takes submissions and answers; grades nothing.
    case api
    /// Grades; answers only whether it is well.
    case worker

    package var servesClients: Bool { self != .worker }
    package var grades: Bool { self != .api }
}

/// A node, and when it last gave a sign of life.
package struct NodeRecord: Sendable, Hashable {
    package let description: NodeDescription
    package let silentFor: Duration

    /// Nodes give a sign of life more often than this.
    package static let longestSilence = Duration.seconds(15)

    package var isAlive: Bool { silentFor < Self.longestSilence }
}

extension Store {
    /// A sign of life: keeps `description` in place of an earlier one of the same name. `abilities`, what the node can
    /// grade, is written only when nothing was known of it: it is large and does not change while a node runs.
    package func heartbeat(
        _ description: NodeDescription, abilities: some Encodable & Sendable
    ) async throws(StorageError) {
        let (body, abilities) = (try Stored.encode(description), try Stored.encode(abilities))
        try await database.write(durable: .soon) { [clock] (connection) throws(StorageError) -> Void in
            let (name, now) = (description.name, try clock.now(of: connection))
            let known = try connection.run(
                "UPDATE nodes SET description = \(body), seen_at = \(now) WHERE name = \(name) RETURNING name")
            guard known.isEmpty else { return }
            try connection.run(
                """
                INSERT INTO nodes (name, description, seen_at, abilities) VALUES (\(name), \(body), \(now), \(abilities))
                ON CONFLICT (name) DO UPDATE SET
                    description = excluded.description, seen_at = excluded.seen_at, abilities = excluded.abilities
                """)
        }
    }

    /// What every node that grades said of its abilities, also those that are silent, by name. Nodes of another
    /// version, whose words cannot be read, are left out.
    package func abilities<Value: Decodable & Sendable>(
        _ type: Value.Type
    ) async throws(StorageError) -> [(node: NodeRecord, abilities: Value)] {
        let rows = try await nodeRows()
        return rows.compactMap { node, abilities in
            guard node.description.role.grades, let abilities,
                let value = try? Stored.decode(type, abilities, of: node.description.name)
            else { return nil }
            return (node, value)
        }
    }

    private func nodeRows() async throws(StorageError) -> [(node: NodeRecord, abilities: [UInt8]?)] {
        try await database.read { [clock] (connection) throws(StorageError) in
            let now = try clock.now(of: connection)
            var nodes: [(NodeRecord, [UInt8]?)] = []
            for row in try connection.run("SELECT name, description, seen_at, abilities FROM nodes ORDER BY name") {
                let description = try Stored.decode(NodeDescription.self, row.blob(1), of: row.text(0))
                // Seen later than now: before the clock began anew.
                let silence = max(0, now - (try row.integer(2)))
                let record = NodeRecord(description: description, silentFor: .milliseconds(silence))
                nodes.append((record, try row.optionalBlob(3)))
            }
            return nodes
        }
    }

    /// Every node that was seen and not forgotten, by name.
    package func nodes() async throws(StorageError) -> [NodeRecord] { try await nodeRows().map(\.node) }

    /// Makes `node` this process's name for as long as it runs; `false` when another process has it. In an SQLite
    /// database, which one process has to itself, there is nobody to ask.
    package func hold(name: String) async throws(StorageError) -> Bool { try await database.hold(name: name) }

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
