import HTTPServer
import Storage

/// `GET /v1/nodes`: who works on the queue.
struct NodeRoutes: Sendable {
    let store: Store
    let access: Access

    func register(on router: inout Router) {
        router.on(.get, "/v1/nodes") { request in
            do throws(Refusal) {
                _ = try await access.principal(of: request, any: [.read])
                _ = try QueryParameters(request, allowing: [])
                return try await list()
            } catch { return error.response }
        }
    }

    private func list() async throws(Refusal) -> Response {
        let nodes: [NodeRecord]
        do { nodes = try await store.nodes() } catch { throw Refusal(.unavailable("\(error)")) }
        return JSON.response(.ok, ["nodes": nodes.map(NodeWire.init)], headers: ["Cache-Control": "no-store"])
    }
}

/// One of the nodes that share the database.
struct NodeWire: Sendable, Encodable {
    let name: String
    let role: NodeRole
    let version: String
    let alive: Bool
    let startedAt: String
    /// Since its last sign of life.
    let silentSeconds: Double
    let slots: Share
    let memory: Share
    /// Versions of the backends that work there, by name.
    let backends: [String: String]

    struct Share: Sendable, Encodable {
        let total: Int
        let free: Int
    }

    private enum CodingKeys: String, CodingKey {
        case name, role, version, alive, slots, memory, backends
        case startedAt = "started_at"
        case silentSeconds = "silent_seconds"
    }

    init(_ node: NodeRecord) {
        let description = node.description
        name = description.name
        role = description.role
        version = description.version
        alive = node.isAlive
        startedAt = timestamp(description.startedAt)
        silentSeconds = node.silentFor.inSeconds
        slots = Share(total: description.capacity.cpus, free: description.free.cpus)
        memory = Share(total: description.capacity.memory, free: description.free.memory)
        backends = description.backends
    }
}
