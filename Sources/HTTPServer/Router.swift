/// Finds the handler for a method and path.
///
/// Patterns are literal parts, `{name}` parts, which take any one part, and a last `{name...}`, which takes all that is
/// left, even nothing: `/v1/submissions/{id}`, `/files/{path...}`. A literal part goes before a name, whatever the order
/// in which the routes were added.
package struct Router: Responder {
    package typealias Handler = @Sendable (Request) async -> Response
    /// Sees every request before its handler, and every answer after it.
    package typealias Middleware = @Sendable (_ request: Request, _ next: Handler) async -> Response

    private struct Route: Sendable {
        let pattern: String
        var endpoints: [Method: Endpoint] = [:]
        var policy = BodyPolicy(limit: 0)
    }

    /// A handler, and what its pattern calls the parts that it takes.
    private struct Endpoint: Sendable {
        let names: [String]
        let handler: Handler
    }

    /// A part of the tree of patterns; nodes and routes refer to one another by index.
    private struct Node: Sendable {
        var literals: [Substring: Int] = [:]
        var parameter: Int?
        var rest: Int?
        var route: Int?
    }

    private var nodes = [Node()]
    private var routes: [Route] = []
    private var middleware: [Middleware] = []
    /// Answers what no route matches, and methods that a route does not have (with `Allow` given).
    package var fallback: @Sendable (_ request: Request, _ allowed: [Method]?) async -> Response

    /// Bytes that a body may have where a route says nothing.
    package static let defaultBodyLimit = 64 << 10

    package init(fallback: @escaping @Sendable (_ request: Request, _ allowed: [Method]?) async -> Response) {
        self.fallback = fallback
    }

    /// Adds a route. `bodyLimit` is in bytes; it and `streamsBody` count for all methods of the path. A handler whose
    /// route streams gets an empty `body` and reads `bodyStream` itself.
    package mutating func on(
        _ method: Method, _ pattern: String, bodyLimit: Int = Router.defaultBodyLimit, streamsBody: Bool = false,
        _ handler: @escaping Handler
    ) {
        let (index, names) = route(for: pattern)
        routes[index].endpoints[method] = Endpoint(names: names, handler: handler)
        routes[index].policy.limit = max(routes[index].policy.limit, bodyLimit)
        routes[index].policy.isStreamed = routes[index].policy.isStreamed || streamsBody
    }

    /// Puts `middleware` around everything that this router answers; the one added first is outermost.
    package mutating func use(_ middleware: @escaping Middleware) { self.middleware.append(middleware) }

    private mutating func route(for pattern: String) -> (index: Int, names: [String]) {
        var node = 0
        var names: [String] = []
        for part in Self.split(pattern) {
            guard part.hasPrefix("{"), part.hasSuffix("}") else {
                node = child(nodes[node].literals[part]) { $0.nodes[node].literals[part] = $1 }
                continue
            }
            let name = part.dropFirst().dropLast()
            if name.hasSuffix("...") {
                names.append(String(name.dropLast(3)))
                node = child(nodes[node].rest) { $0.nodes[node].rest = $1 }
                break
            }
            names.append(String(name))
            node = child(nodes[node].parameter) { $0.nodes[node].parameter = $1 }
        }
        if let known = nodes[node].route { return (known, names) }
        routes.append(Route(pattern: pattern))
        nodes[node].route = routes.count - 1
        return (routes.count - 1, names)
    }

    private mutating func child(_ known: Int?, _ attach: (inout Router, Int) -> Void) -> Int {
        if let known { return known }
        nodes.append(Node())
        attach(&self, nodes.count - 1)
        return nodes.count - 1
    }

    package func respond(to request: Request) async -> Response {
        middleware.isEmpty ? await answer(request) : await pass(request, through: 0)
    }

    private func pass(_ request: Request, through index: Int) async -> Response {
        guard index < middleware.count else { return await answer(request) }
        return await middleware[index](request) { await pass($0, through: index + 1) }
    }

    private func answer(_ request: Request) async -> Response {
        guard let (route, values) = match(request.path) else {
            // `OPTIONS *` asks whether the server is there.
            if request.method == .options, request.path == "*" { return Response(status: .noContent) }
            return await fallback(request, nil)
        }
        var response = await answer(request, route, values)
        if response.route == nil { response.route = route.pattern }
        return response
    }

    private func answer(_ request: Request, _ route: Route, _ values: [String]) async -> Response {
        let method: Method = request.method == .head && route.endpoints[.head] == nil ? .get : request.method
        guard let endpoint = route.endpoints[method] else {
            var allowed = Set(route.endpoints.keys).union([.options])
            if allowed.contains(.get) { allowed.insert(.head) }
            let sorted = allowed.sorted { $0.name < $1.name }
            if request.method == .options {
                return Response(status: .noContent, headers: ["Allow": sorted.map(\.name).joined(separator: ", ")])
            }
            return await fallback(request, sorted)
        }
        guard !values.isEmpty else { return await endpoint.handler(request) }
        var request = request
        for (name, value) in zip(endpoint.names, values) { request.parameters[name] = value }
        return await endpoint.handler(request)
    }

    package func bodyLimit(method: Method, path: String) -> Int { bodyPolicy(method: method, path: path).limit }

    package func bodyPolicy(method: Method, path: String) -> BodyPolicy {
        guard let (route, _) = match(path), route.endpoints[method] != nil else {
            return BodyPolicy(limit: Self.defaultBodyLimit)
        }
        return route.policy
    }

    private func match(_ path: String) -> (Route, [String])? {
        var values: [String] = []
        guard let index = match(Self.split(path)[...], from: 0, &values) else { return nil }
        return (routes[index], values)
    }

    private func match(_ parts: ArraySlice<Substring>, from node: Int, _ values: inout [String]) -> Int? {
        guard let part = parts.first else {
            if let route = nodes[node].route { return route }
            return matchRest(parts, from: node, &values)
        }
        if let next = nodes[node].literals[part], let route = match(parts.dropFirst(), from: next, &values) {
            return route
        }
        if let next = nodes[node].parameter, !part.isEmpty {
            values.append(String(part))
            if let route = match(parts.dropFirst(), from: next, &values) { return route }
            values.removeLast()
        }
        return matchRest(parts, from: node, &values)
    }

    private func matchRest(_ parts: ArraySlice<Substring>, from node: Int, _ values: inout [String]) -> Int? {
        guard let next = nodes[node].rest, let route = nodes[next].route else { return nil }
        values.append(parts.joined(separator: "/"))
        return route
    }

    private static func split(_ path: String) -> [Substring] {
        path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { $0 }
    }
}
