import Core
import HTTPServer

/// What every request gets before its handler and every answer after it, whatever the dialect.
enum RequestScope {
    /// Gives the request's name to what is done for it.
    static let naming: Router.Middleware = { request, next in
        await CurrentRequest.$id.withValue(request.id) { await next(request) }
    }

    /// After how many seconds whoever waited at a service that ends should ask again: another one takes its place.
    private static let retryAfterDrain = "2"

    /// Tells whoever waits when the service ends to come back.
    static let drainHint: Router.Middleware = { request, next in
        var response = await next(request)
        if request.drain.isDraining, request.query.contains(where: { $0.name == "wait" }),
            response.headers["Retry-After"] == nil
        {
            response.headers["Retry-After"] = retryAfterDrain
        }
        return response
    }
}
