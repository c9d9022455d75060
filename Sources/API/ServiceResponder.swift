package import HTTPServer

/// The service as the server drives it: the routes, and the server's own refusals as problem details.
package struct ServiceResponder: Responder {
    private let router: Router
    private let crossOrigin: CORS?

    package init(_ service: Service) {
        router = service.router
        crossOrigin = service.crossOrigin
    }

    package func respond(to request: Request) async -> Response { await router.respond(to: request) }

    package func bodyLimit(method: Method, path: String) -> Int { router.bodyLimit(method: method, path: path) }

    package func bodyPolicy(method: Method, path: String) -> BodyPolicy {
        router.bodyPolicy(method: method, path: path)
    }

    package func response(to fault: RequestFault, of request: Request?) -> Response {
        let response = Problem(
            fault.status, "http-\(fault.status.code)", title: "The request was refused", detail: fault.detail
        ).response()
        guard let request, let crossOrigin else { return response }
        // A page learns why its upload was refused, not only that it was.
        return crossOrigin.allowing(response, to: request)
    }
}
