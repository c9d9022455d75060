import Glibc
import Testing

@testable import HTTPServer

/// Bodies piece by piece, in both directions.
@Suite struct StreamTests {
    private static func router(_ events: Events = Events()) -> Router {
        var router = testRouter()
        router.on(.post, "/upload", bodyLimit: 200 << 20, streamsBody: true) { request in
            var count = 0
            var largest = 0
            do {
                guard let stream = request.bodyStream else { return .text("no body") }
                for try await piece in stream {
                    count += piece.count
                    largest = max(largest, piece.count)
                }
            } catch {
                events.note("\(error)")
                return .text("failed", status: .internalServerError)
            }
            return .text("\(count) \(largest <= BodyStream.defaultPiece)")
        }
        router.on(.post, "/refuse", bodyLimit: 1 << 30, streamsBody: true) { _ in .text("no", status: .forbidden) }
        router.on(.post, "/little", bodyLimit: 10, streamsBody: true) { request in
            do {
                while try await request.bodyStream?.next() != nil {}
                return .text("read")
            } catch {
                return .text("failed")
            }
        }
        router.on(.get, "/events") { request in
            .events(for: request, heartbeat: .milliseconds(50)) { events in
                try await events.send(ServerSentEvent("first\nsecond", name: "greeting", id: "1"))
                try await Task.sleep(for: .seconds(60))
            }
        }
        router.on(.get, "/short-events") { request in
            .events(for: request) { try await $0.send(ServerSentEvent("only")) }
        }
        router.on(.get, "/exact") { _ in
            Response(headers: ["Content-Length": "6"], body: .stream { try await $0.write(Array("abcdef".utf8)) })
        }
        router.on(.get, "/too-little") { _ in
            Response(headers: ["Content-Length": "9"], body: .stream { try await $0.write(Array("abcdef".utf8)) })
        }
        router.on(.get, "/too-much") { _ in
            Response(headers: ["Content-Length": "3"], body: .stream { try await $0.write(Array("abcdef".utf8)) })
        }
        return router
    }

    @Test func readsPieceByPiece() async throws {
        try await withServer(Self.router()) { server, port in
            let body = String(repeating: "a", count: 300_000)
            let chunk = "493e0\r\n\(body)\r\n0\r\n\r\n"
            let bytes = try await offPool {
                try RawClient(port: port).exchange(
                    Array(
                        ("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" + body
                            + "POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk
                            + "POST /upload HTTP/1.1\r\nHost: a\r\n\r\n" + WireCase.get()).utf8))
            }
            #expect(try WireAnswer.all(in: bytes).map(\.text) == ["300000 true", "300000 true", "no body", "hello"])
            try await expectHealthy(server, port)
        }
    }

    /// The handler may answer without reading; the rest of the body is not taken for a request.
    @Test func closesWhenABodyIsLeftUnread() async throws {
        try await withServer(Self.router()) { server, port in
            let bytes = try await offPool {
                try RawClient(port: port).exchange(
                    Array(
                        ("POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n" + WireCase.get()
                            + WireCase.get()).utf8))
            }
            #expect(try WireAnswer.all(in: bytes).map(\.status) == [403])
            try await expectHealthy(server, port)
        }
    }

    @Test(arguments: [
        ("Content-Length: 11\r\n\r\n01234567890", [413]),
        ("Transfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n", [413]),
        ("Transfer-Encoding: chunked\r\n\r\nx\r\n", [400]), ("Content-Length: 5\r\n\r\nhel", [400]),
        ("Content-Length: 10\r\n\r\n0123456789", [200]),
    ])
    func answersForAHandlerWhoseBodyIsBroken(_ rest: String, _ statuses: [Int]) async throws {
        try await withServer(Self.router()) { server, port in
            let bytes = try await offPool {
                try RawClient(port: port).exchange(Array("POST /little HTTP/1.1\r\nHost: a\r\n\(rest)".utf8))
            }
            #expect(try WireAnswer.all(in: bytes).map(\.status) == statuses)
            try await expectHealthy(server, port)
        }
    }

    @Test func asksForABodyWhenTheHandlerDoes() async throws {
        try await withServer(Self.router()) { server, port in
            try await offPool {
                let head = "HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
                let client = try RawClient(port: port)
                client.send("POST /upload \(head)")
                #expect(client.read { $0.hasSuffix("\r\n\r\n") } == "HTTP/1.1 100 Continue\r\n\r\n")
                client.send("hello")
                #expect(client.readResponse().hasSuffix("5 true"))
                let refused = try RawClient(port: port)
                refused.send("POST /refuse \(head)")
                #expect(refused.readResponse().statusCode == 403)
            }
            try await expectHealthy(server, port)
        }
    }

    @Test func holdsHandlersToTheirContentLength() async throws {
        try await withServer(Self.router()) { server, port in
            func body(_ target: String) async throws -> String {
                try await offPool {
                    let client = try RawClient(port: port)
                    client.send(WireCase.get(target, "Connection: close\r\n"))
                    return client.read().responseBody
                }
            }
            #expect(try await body("/exact") == "abcdef")
            #expect(try await body("/too-little") == "abcdef")
            #expect(try await body("/too-much") == "")
            try await expectHealthy(server, port)
        }
    }

    /// A handler that keeps its writer or its body for later reaches no other connection with them.
    @Test func nothingIsWrittenOrReadWhenAnExchangeIsOver() async throws {
        let writers = Box<any BodyWriter>()
        let bodies = Box<BodyStream>()
        var router = testRouter()
        router.on(.post, "/keep", streamsBody: true) { request in
            if let stream = request.bodyStream { bodies.add(stream) }
            return Response(
                body: .stream { writer in
                    writers.add(writer)
                    throw CancellationError()
                })
        }
        try await withServer(router) { server, port in
            try await offPool {
                _ = try RawClient(port: port).exchange(
                    Array("POST /keep HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc".utf8))
            }
            try await expectHealthy(server, port)
            let writer = try #require(writers.all.first)
            let body = try #require(bodies.all.first)
            await #expect(throws: StreamError.clientGone) { try await writer.write([0x61]) }
            await #expect(throws: StreamError.finished) { try await body.next() }
        }
    }

    @Test func sendsEventsAndHeartbeats() async throws {
        try await withServer(Self.router()) { server, port in
            try await offPool {
                let client = try RawClient(port: port)
                client.send(WireCase.get("/events"))
                let text = client.read { $0.hasSuffix(":\n\n\r\n") }
                #expect(text.field("Content-Type") == "text/event-stream")
                #expect(text.contains("id: 1\nevent: greeting\ndata: first\ndata: second\n\n"))
            }
            // The next heartbeat finds the client gone.
            try await expectHealthy(server, port)
        }
    }

    @Test func endsEventsWithTheirHandler() async throws {
        try await withServer(Self.router()) { server, port in
            let bytes = try await offPool {
                try RawClient(port: port).exchange(Array((WireCase.get("/short-events") + WireCase.get()).utf8))
            }
            #expect(try WireAnswer.all(in: bytes).map(\.text) == ["data: only\n\n", "hello"])
            try await expectHealthy(server, port)
        }
    }

    @Test func tellsEventClientsToComeBackWhenItDrains() async throws {
        try await withServer(Self.router()) { server, port in
            let client = try RawClient(port: port)
            try await offPool {
                client.send(WireCase.get("/events"))
                _ = client.read { $0.contains("second") }
            }
            server.beginDrain()
            let rest = try await offPool { client.read() }
            #expect(rest.hasSuffix("retry: 2000\n\n\r\n0\r\n\r\n"))
        }
    }
}
