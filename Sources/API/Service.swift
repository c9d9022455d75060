import Core
import Foundation
package import Grading
package import HTTPServer
import Logging
package import Storage

/// Everything that the service answers: v1, monitoring, and its own description.
package struct Service: Sendable {
    package let submissions: Submissions
    package let context: GradingContext
    package let access: Access
    package let store: Store
    package let hub: ChangeHub
    package let capacity: Capacity
    package let registry: PrometheusRegistry
    /// The text of openapi.yaml.
    package let description: [UInt8]
    package let version: String
    /// Bytes of the body of a submission.
    package let bodyLimit: Int
    /// The web page; `nil` where it is not installed.
    package let pages: Pages?
    /// Interfaces of other services; `nil` when switched off.
    package var jobe: Jobe?
    package var judge0: Judge0?
    /// The pages of other origins that may call the service; `nil` is none, but for what a dialect allows by itself.
    package var crossOrigin: CORS?
    /// How many requests one address may make; `nil` bounds none. Tokens are bounded by `Access`.
    package var addressLimiter: RateLimiter?
    /// What v1 sends to webhooks; `nil` where it sends none.
    package var webhooks: V1Webhooks?
    /// Whether it answers clients, or only monitoring.
    package var servesClients = true
    private let startedAt = Date()

    package init(
        submissions: Submissions, context: GradingContext, access: Access, store: Store, hub: ChangeHub,
        capacity: Capacity,
        registry: PrometheusRegistry, description: [UInt8], version: String, bodyLimit: Int,
        pages: Pages?
    ) {
        self.pages = pages
        self.submissions = submissions
        self.context = context
        self.access = access
        self.store = store
        self.hub = hub
        self.capacity = capacity
        self.registry = registry
        self.description = description
        self.version = version
        self.bodyLimit = bodyLimit
    }

    package var router: Router {
        var router = Router { request, allowed in
            guard let allowed else {
                return Problem(
                    .notFound, "no-such-path", title: "There is nothing at this path",
                    detail: "/openapi.yaml lists all paths."
                ).response()
            }
            return Problem(
                .methodNotAllowed, "method-not-allowed", title: "The path does not have this method",
                detail: "It has \(allowed.map(\.name).joined(separator: ", "))."
            ).response(headers: ["Allow": allowed.map(\.name).joined(separator: ", ")])
        }
        registerOperations(on: &router)
        if servesClients { registerInterfaces(on: &router) }
        router.use(RequestScope.naming)
        if let crossOrigin { router.use(crossOrigin.middleware) }
        router.use(RateLimits.tokenMiddleware)
        if let addressLimiter { router.use(RateLimits.addressMiddleware(addressLimiter)) }
        router.use(RequestScope.drainHint)
        router.use(Compression().middleware)
        return router
    }

    /// What clients come for.
    private func registerInterfaces(on router: inout Router) {
        V1(
            submissions: submissions, context: context, access: access, bodyLimit: bodyLimit, webhooks: webhooks
        ).register(on: &router)
        if let uploads = context.uploads {
            TaskRoutes(
                context: context, uploads: uploads, access: access, capacity: capacity,
                logger: Logger(label: "assay.tasks")
            ).register(on: &router)
        }
        jobe?.register(on: &router)
        judge0?.register(on: &router)
        router.on(.get, "/openapi.yaml") { _ in
            Response(headers: ["Content-Type": "application/yaml"], body: .bytes(description))
        }
        pages?.register(on: &router)
    }

    /// What every node answers.
    private func registerOperations(on router: inout Router) {
        NodeRoutes(store: store, access: access).register(on: &router)
        router.on(.get, "/livez") { _ in JSON.response(.ok, ["status": "ok"], headers: ["Cache-Control": "no-store"]) }
        router.on(.get, "/readyz") { _ in await ready() }
        router.on(.get, "/metrics") { request in
            do throws(Refusal) {
                _ = try await access.principal(of: request, any: [.metrics])
                return await metrics()
            } catch { return error.response }
        }
    }

    private func ready() async -> Response {
        if let reason = await submissions.unavailability() { return Refusal.unavailable(reason).response }
        let name = context.backends.defaultName
        guard case .available? = context.backends.reports[name]?.availability else {
            return Refusal.unavailable("the default backend \(name) is not available").response
        }
        return JSON.response(.ok, ["status": "ok"], headers: ["Cache-Control": "no-store"])
    }

    private func metrics() async -> Response {
        var samples: [PrometheusRegistry.Sample] = [
            .init("assay_build_info", 1, [("version", version)]),
            .init("assay_start_time_seconds", startedAt.timeIntervalSince1970),
            .init("assay_waiting_requests", Double(hub.waiterCount)),
            .init("assay_store_writable", await submissions.unavailability() == nil ? 1 : 0),
        ]
        let free = capacity.available
        samples.append(.init("assay_slots", Double(free.cpus), [("state", "free")]))
        samples.append(.init("assay_slots", Double(capacity.total.cpus - free.cpus), [("state", "busy")]))
        samples += capacity.slots.map { .init("assay_slot_busy", $0.isBusy ? 1 : 0, [("cpu", "\($0.cpu)")]) }
        samples.append(.init("assay_memory_bytes", Double(free.memory), [("state", "free")]))
        samples.append(.init("assay_memory_bytes", Double(capacity.total.memory - free.memory), [("state", "busy")]))
        if let nodes = try? await store.nodes() { samples += Self.samples(of: nodes) }
        for (name, pool) in await context.backends.pools() {
            let backend = ("backend", name.rawValue)
            samples.append(.init("assay_pool_sandboxes", Double(pool.ready), [backend, ("state", "ready")]))
            samples.append(.init("assay_pool_sandboxes", Double(pool.target), [backend, ("state", "wanted")]))
            samples.append(.init("assay_pool_sandboxes", Double(pool.warm), [backend, ("state", "warm")]))
            samples.append(.init("assay_pool_idle_bytes", Double(pool.idleMemory), [backend]))
        }
        if let queue = try? await store.queueStatistics() {
            for status in SubmissionStatus.allCases {
                samples.append(
                    .init("assay_submissions", Double(queue[status]), [("status", status.rawValue)]))
            }
            for priority in PriorityClass.allCases {
                samples.append(
                    .init(
                        "assay_queue_depth", Double(queue.queuedByClass[priority] ?? 0), [("class", priority.rawValue)])
                )
            }
            samples.append(.init("assay_queue_bytes", Double(queue.queuedBytes)))
            let age = queue.oldestQueued.map { max(0, -$0.timeIntervalSinceNow) } ?? 0
            samples.append(.init("assay_queue_oldest_seconds", age))
        }
        return Response(
            headers: ["Content-Type": "text/plain; version=0.0.4; charset=utf-8", "Cache-Control": "no-store"],
            body: .bytes(Array(registry.text(gauges: samples).utf8)))
    }
}

extension Service {
    /// How many nodes of each role are alive or silent.
    private static func samples(of nodes: [NodeRecord]) -> [PrometheusRegistry.Sample] {
        NodeRole.allCases.flatMap { role in
            [true, false].map { isAlive in
                let count = nodes.count { $0.description.role == role && $0.isAlive == isAlive }
                let labels = [("role", role.rawValue), ("state", isAlive ? "alive" : "silent")]
                return .init("assay_nodes", Double(count), labels)
            }
        }
    }
}

extension Refusal {
    /// For answers of 503 that no `SubmissionError` gave.
    static func unavailable(_ reason: String) -> Refusal {
        Refusal(SubmissionError.unavailable(reason: reason, retryAfter: .seconds(2)))
    }
}
