/// Lets pages of other origins use the service from a browser (WHATWG Fetch, 3.2).
package struct CORS: Sendable {
    package enum Origins: Sendable, Hashable {
        /// Every page may ask, but without the cookies or certificates that a browser would add by itself.
        case any
        /// Pages of these origins, as browsers write them: `https://host` or `https://host:port`.
        case only(Set<String>)
    }

    package var origins: Origins
    /// Request headers that a page may set, beside those that it always may.
    package var headers: [String]
    /// Response headers that a page may read, beside those that it always may.
    package var exposed: [String]
    /// How long a browser keeps the answer to a preflight.
    package var maximumAge: Duration

    package init(
        origins: Origins, headers: [String] = ["Authorization", "Content-Type", "Idempotency-Key"],
        exposed: [String] = [
            "Location", "Retry-After", "X-Request-Id", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset",
        ], maximumAge: Duration = .seconds(600)
    ) {
        self.origins = origins
        self.headers = headers
        self.exposed = exposed
        self.maximumAge = maximumAge
    }

    /// As a router's middleware.
    package var middleware: Router.Middleware {
        { request, next in allowing(await next(request), to: request) }
    }

    /// `response` as the page that sent `request`, if one did, may read it.
    package func allowing(_ response: Response, to request: Request) -> Response {
        guard let allowed = request.headers["Origin"].flatMap(allowedOrigin) else { return vary(response) }
        return vary(
            request.method == .options && request.headers["Access-Control-Request-Method"] != nil
                ? preflight(response, allowed) : expose(response, allowed))
    }

    private func allowedOrigin(for origin: String) -> String? {
        switch origins {
        case .any: "*"
        case .only(let origins): origins.contains(origin) ? origin : nil
        }
    }

    private func preflight(_ response: Response, _ origin: String) -> Response {
        // What the resource has is what its own answer to OPTIONS says.
        guard let methods = response.headers["Allow"] else { return expose(response, origin) }
        var response = response
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Methods"] = methods
        response.headers["Access-Control-Allow-Headers"] = headers.joined(separator: ", ")
        response.headers["Access-Control-Max-Age"] = "\(maximumAge.components.seconds)"
        return response
    }

    private func expose(_ response: Response, _ origin: String) -> Response {
        var response = response
        response.headers["Access-Control-Allow-Origin"] = origin
        if !exposed.isEmpty { response.headers["Access-Control-Expose-Headers"] = exposed.joined(separator: ", ") }
        return response
    }

    /// A cache must not give one origin's answer to another.
    private func vary(_ response: Response) -> Response {
        guard case .only = origins else { return response }
        var response = response
        response.headers.addVary("Origin")
        return response
    }
}
