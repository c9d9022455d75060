import Logging

@testable import HTTPServer

/// Runs a server with `responder` on a free port of 127.0.0.1 while `body` runs.
func withServer<Result: Sendable>(
    _ responder: any Responder = testRouter(), configure: (inout ServerConfiguration) -> Void = { _ in },
    _ body: @Sendable (HTTPServer, _ port: Int) async throws -> Result
) async throws -> Result {
    var configuration = ServerConfiguration()
    configuration.addresses = [.tcp(host: "127.0.0.1", port: 0)]
    configure(&configuration)
    let server = HTTPServer(configuration: configuration, responder: responder, logger: quietLogger)
    try server.start()
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await server.run() }
        do {
            let result = try await body(server, server.boundAddresses.first?.port ?? 0)
            await server.shutdown()
            return result
        } catch {
            await server.shutdown()
            throw error
        }
    }
}

let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// The resources that the tests ask for.
func testRouter() -> Router {
    var router = Router { _, allowed in allowed.map { .methodNotAllowed($0) } ?? Response(status: .notFound) }
    router.on(.get, "/") { _ in .text("hello") }
    router.on(.get, "/items/{id}") { .text("item \($0.parameters["id"] ?? "")") }
    router.on(.post, "/echo", bodyLimit: 1 << 20) { Response(body: .bytes($0.body)) }
    router.on(.post, "/small", bodyLimit: 10) { .text("\($0.body.count)") }
    router.on(.get, "/query") { request in
        .text(request.query.map { "\($0.name)=\($0.value)" }.joined(separator: ";"))
    }
    router.on(.get, "/header") { .text($0.headers.values(of: "X-Test").joined(separator: "|")) }
    router.on(.get, "/path/{name}") { .text($0.path) }
    router.on(.get, "/large") { _ in Response(body: .bytes([UInt8](repeating: 0x61, count: 4 << 20))) }
    router.on(.get, "/stream") { _ in
        Response(
            body: .stream { writer in
                for number in 1...3 { try await writer.write(Array("part \(number)\n".utf8)) }
            })
    }
    router.on(.get, "/slow") { _ in
        try? await Task.sleep(for: .milliseconds(300))
        return .text(Task.isCancelled ? "cancelled" : "slow")
    }
    router.on(.get, "/injected") { _ in
        Response(headers: ["X-Good": "yes", "X-Bad": "a\r\nX-Evil: b", "Content-Length": "999"], body: .bytes([0x61]))
    }
    router.on(.get, "/nothing") { _ in Response(status: .noContent) }
    return router
}
