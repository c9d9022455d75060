package import HTTPServer

/// The web page: the files of `Public/`, which may load nothing from elsewhere and run nothing that is written inline.
package struct Pages: Sendable {
    private let files: StaticFiles

    /// What browsers enforce for the page, whatever a student's output may hold.
    static let contentSecurityPolicy =
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'"

    package init(directory: String) throws(ServerError) { files = try StaticFiles(directory: directory) }

    func register(on router: inout Router) {
        let fallback = router.fallback
        router.on(.get, "/{path...}") { request in
            guard var response = files.response(to: request, path: request.path) else {
                return await fallback(request, nil)
            }
            response.headers["Content-Security-Policy"] = Self.contentSecurityPolicy
            response.headers["Referrer-Policy"] = "no-referrer"
            response.headers["X-Frame-Options"] = "DENY"
            return response
        }
    }
}
