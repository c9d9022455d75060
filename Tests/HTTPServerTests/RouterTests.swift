import Testing

@testable import HTTPServer

@Suite struct RouterTests {
    private func router() -> Router {
        var router = Router { request, allowed in
            .text(allowed.map { $0.map(\.name).joined(separator: ",") } ?? "none", status: allowed == nil ? 404 : 405)
        }
        router.on(.get, "/a/{id}") { .text("id \($0.parameters["id"] ?? "")") }
        router.on(.put, "/a/{name}") { .text("name \($0.parameters["name"] ?? "")") }
        router.on(.get, "/a/all") { _ in .text("all") }
        router.on(.get, "/a/{id}/b/{part}") { .text("\($0.parameters["id"] ?? "") \($0.parameters["part"] ?? "")") }
        router.on(.get, "/a/all/c") { _ in .text("c") }
        router.on(.get, "/files/{path...}") { .text("file \($0.parameters["path"] ?? "")") }
        router.on(.post, "/big", bodyLimit: 5) { _ in .text("") }
        router.on(.put, "/big", bodyLimit: 9, streamsBody: true) { _ in .text("") }
        return router
    }

    private func answer(_ method: Method, _ path: String) async -> (Int, String, String?) {
        let response = await router().respond(to: Request(method: method, path: path))
        guard case .bytes(let bytes) = response.body else { return (response.status.code, "", response.route) }
        return (response.status.code, String(decoding: bytes, as: UTF8.self), response.route)
    }

    @Test(arguments: [
        ("/a/7", "id 7", "/a/{id}"), ("/a/all", "all", "/a/all"), ("/a/all/c", "c", "/a/all/c"),
        ("/a/all/b/x", "all x", "/a/{id}/b/{part}"), ("/files/x/y.txt", "file x/y.txt", "/files/{path...}"),
        ("/files/", "file ", "/files/{path...}"), ("/files", "file ", "/files/{path...}"),
    ])
    func findsTheRoute(_ path: String, _ text: String, _ route: String) async {
        #expect(await answer(.get, path) == (200, text, route))
    }

    @Test(arguments: ["/", "/a", "/a/", "/a/7/", "/a/7/b", "/b", "/a/7/b/x/y"])
    func findsNothing(_ path: String) async {
        #expect(await answer(.get, path) == (404, "none", nil))
    }

    @Test func tellsMethods() async {
        #expect(await answer(.delete, "/a/7") == (405, "GET,HEAD,OPTIONS,PUT", "/a/{id}"))
        #expect(await answer(.put, "/a/7") == (200, "name 7", "/a/{id}"))
        #expect(await answer(.head, "/a/7") == (200, "id 7", "/a/{id}"))
        #expect(await answer(.options, "/a/7") == (204, "", "/a/{id}"))
    }

    @Test func tellsHowBodiesAreRead() {
        let router = router()
        #expect(router.bodyPolicy(method: .put, path: "/big") == BodyPolicy(limit: 9, isStreamed: true))
        #expect(router.bodyLimit(method: .get, path: "/a/7") == Router.defaultBodyLimit)
        #expect(router.bodyLimit(method: .post, path: "/none") == Router.defaultBodyLimit)
    }

    @Test func passesThroughMiddlewareInOrder() async {
        var router = router()
        let events = Events()
        for name in ["outer", "inner"] {
            router.use { request, next in
                events.note("\(name) before")
                let response = await next(request)
                events.note("\(name) after \(response.status.code)")
                return response
            }
        }
        _ = await router.respond(to: Request(method: .get, path: "/nothing"))
        #expect(events.all == ["outer before", "inner before", "inner after 404", "outer after 404"])
    }
}
