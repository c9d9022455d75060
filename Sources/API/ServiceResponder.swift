package import HTTPServer

/// The service as the server drives it: the routes, and the server's own refusals as problem details.
package struct ServiceResponder: Responder {
    private let router: Router

    package init(_ service: Service) { router = service.router }

    package func respond(to request: Request) async -> Response { await router.respond(to: request) }

    package func bodyLimit(method: Method, path: String) -> Int { router.bodyLimit(method: method, path: path) }

    package func bodyPolicy(method: Method, path: String) -> BodyPolicy {
        router.bodyPolicy(method: method, path: path)
    }

    package func response(to fault: RequestFault) -> Response {
        Problem(fault.status, "http-\(fault.status.code)", title: "The request was refused", detail: fault.detail)
            .response()
    }
}
