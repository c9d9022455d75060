package import HTTPServer
import Metrics
import Synchronization

/// Counts requests and how long they take, by the pattern of their route: there are as many of those as the service has,
/// whatever clients ask for.
package final class HTTPMetrics: Sendable {
    private struct Key: Hashable {
        let route: String
        let method: String
        let status: Int
    }

    private struct State {
        var counters: [Key: Counter] = [:]
        var timers: [String: Timer] = [:]
    }

    private let state = Mutex(State())

    /// What clients may call a method is up to them.
    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    /// The route of what no route answered.
    static let noRoute = "none"

    package init() {}

    /// The server's observer; does not block.
    package func record(_ exchange: Exchange) {
        let route = exchange.route ?? Self.noRoute
        let name = exchange.method.name
        let key = Key(
            route: route, method: Self.methods.contains(name) ? name : "other", status: exchange.status.code)
        let (counter, timer) = state.withLock { state in
            if let counter = state.counters[key], let timer = state.timers[route] { return (counter, timer) }
            let counter =
                state.counters[key]
                ?? Counter(
                    label: "assay_http_requests_total",
                    dimensions: [("route", route), ("method", key.method), ("status", "\(key.status)")])
            let timer =
                state.timers[route] ?? Timer(label: "assay_http_request_seconds", dimensions: [("route", route)])
            state.counters[key] = counter
            state.timers[route] = timer
            return (counter, timer)
        }
        counter.increment()
        timer.record(duration: exchange.duration)
    }
}
