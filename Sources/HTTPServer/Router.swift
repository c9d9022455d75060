/// Finds the handler for a method and path. Patterns are literal parts and `{name}` parts: `/v1/submissions/{id}`.
package struct Router: Responder {
    package typealias Handler = @Sendable (Request) async -> Response

    private struct Route: Sendable {
        let parts: [Part]
        var handlers: [Method: Handler]
        var bodyLimit: Int
    }

    private enum Part: Sendable, Equatable {
        case literal(String)
        case parameter(String)
    }

    private var routes: [Route] = []
    /// Answers what no route matches, and methods that a route does not have (with `Allow` given).
    package var fallback: @Sendable (_ request: Request, _ allowed: [Method]?) async -> Response

    /// Bytes that a body may have where a route says nothing.
    package static let defaultBodyLimit = 64 << 10

    package init(fallback: @escaping @Sendable (_ request: Request, _ allowed: [Method]?) async -> Response) {
        self.fallback = fallback
    }

    /// Adds a route. `bodyLimit` is in bytes and counts for the whole path.
    package mutating func on(
        _ method: Method, _ pattern: String, bodyLimit: Int = Router.defaultBodyLimit, _ handler: @escaping Handler
    ) {
        let parts = Self.split(pattern).map { part -> Part in
            part.hasPrefix("{") ? .parameter(String(part.dropFirst().dropLast())) : .literal(String(part))
        }
        if let index = routes.firstIndex(where: { $0.parts == parts }) {
            routes[index].handlers[method] = handler
            routes[index].bodyLimit = max(routes[index].bodyLimit, bodyLimit)
        } else {
            routes.append(Route(parts: parts, handlers: [method: handler], bodyLimit: bodyLimit))
        }
    }

    package func respond(to request: Request) async -> Response {
        guard let (route, parameters) = match(request.path) else {
            // `OPTIONS *` asks whether the server is there.
            if request.method == .options, request.path == "*" { return Response(status: .noContent) }
            return await fallback(request, nil)
        }
        let method: Method = request.method == .head && route.handlers[.head] == nil ? .get : request.method
        guard let handler = route.handlers[method] else {
            var allowed = Set(route.handlers.keys).union([.options])
            if allowed.contains(.get) { allowed.insert(.head) }
            let sorted = allowed.sorted { $0.name < $1.name }
            if request.method == .options {
                return Response(status: .noContent, headers: ["Allow": sorted.map(\.name).joined(separator: ", ")])
            }
            return await fallback(request, sorted)
        }
        var request = request
        request.parameters = parameters
        return await handler(request)
    }

    package func bodyLimit(method: Method, path: String) -> Int {
        guard let (route, _) = match(path), route.handlers[method] != nil else { return Self.defaultBodyLimit }
        return route.bodyLimit
    }

    private func match(_ path: String) -> (Route, [String: String])? {
        let parts = Self.split(path)
        for route in routes where route.parts.count == parts.count {
            var parameters: [String: String] = [:]
            let matches = zip(route.parts, parts).allSatisfy { pattern, part in
                switch pattern {
                case .literal(let text): return text == part
                case .parameter(let name):
                    parameters[name] = String(part)
                    return !part.isEmpty
                }
            }
            if matches { return (route, parameters) }
        }
        return nil
    }

    private static func split(_ path: String) -> [Substring] {
        path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { $0 }
    }
}
