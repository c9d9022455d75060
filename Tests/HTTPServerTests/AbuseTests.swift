import Glibc
import Logging
import Synchronization
import Testing

@testable import HTTPServer

/// Clients that are slow, many, or gone. Timeouts are short here; what is asserted is the answer, not the moment.
@Suite struct AbuseTests {
    private static func hurried(_ configuration: inout ServerConfiguration) {
        configuration.headerTimeout = .milliseconds(200)
        configuration.bodyTimeout = .milliseconds(200)
        configuration.idleTimeout = .milliseconds(200)
        configuration.writeTimeout = .milliseconds(200)
        configuration.lingerTimeout = .milliseconds(200)
        configuration.minimumRate = 1 << 20
    }

    /// Sends `first`, then `piece` a few times, slowly.
    private func trickle(_ port: Int, _ first: String, _ piece: String) async throws -> [WireAnswer] {
        try await offPool {
            let client = try RawClient(port: port)
            client.send(first)
            for _ in 0..<10 where client.send(piece) { usleep(50_000) }
            return try WireAnswer.all(in: client.readBytes())
        }
    }

    @Test func endsAConnectionThatSaysNothing() async throws {
        try await withServer(configure: Self.hurried) { server, port in
            let bytes = try await offPool { try RawClient(port: port).readBytes() }
            #expect(bytes.isEmpty)
            try await expectHealthy(server, port)
        }
    }

    @Test func endsAnIdleConnectionWithoutAWord() async throws {
        try await withServer(configure: Self.hurried) { server, port in
            let answers = try await offPool {
                let client = try RawClient(port: port)
                client.send(WireCase.get())
                return try WireAnswer.all(in: client.readBytes())
            }
            #expect(answers.map(\.status) == [200])
            try await expectHealthy(server, port)
        }
    }

    @Test(arguments: ["", "GET", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: "])
    func endsAHeadThatTrickles(_ first: String) async throws {
        try await withServer(configure: Self.hurried) { server, port in
            #expect(try await trickle(port, first, first.hasSuffix("\r\n") ? "A: b\r\n" : "A").map(\.status) == [408])
            try await expectHealthy(server, port)
        }
    }

    @Test(arguments: ["Content-Length: 100000\r\n", "Transfer-Encoding: chunked\r\n"])
    func endsABodyThatTrickles(_ framing: String) async throws {
        try await withServer(configure: Self.hurried) { server, port in
            let piece = framing.hasPrefix("T") ? "1\r\na\r\n" : "a"
            #expect(try await trickle(port, WireCase.post(framing, ""), piece).map(\.status) == [408])
            try await expectHealthy(server, port)
        }
    }

    @Test func endsABodyThatStops() async throws {
        try await withServer(configure: Self.hurried) { server, port in
            let answers = try await offPool {
                let client = try RawClient(port: port)
                client.send(WireCase.post("Content-Length: 10\r\n", "half"))
                return try WireAnswer.all(in: client.readBytes())
            }
            #expect(answers.map(\.status) == [408])
            try await expectHealthy(server, port)
        }
    }

    @Test func givesUpAClientThatTakesNothing() async throws {
        try await withServer(configure: Self.hurried) { server, port in
            let client = try RawClient(port: port)
            client.send(WireCase.get("/large") + WireCase.get("/large") + WireCase.get("/large"))
            for _ in 0..<3000 where server.connectionCount > 0 || client.descriptor < 0 {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(server.connectionCount == 0)
            try await expectHealthy(server, port)
        }
    }

    @Test func survivesClientsThatLeaveAtEveryPoint() async throws {
        try await withServer { server, port in
            try await offPool {
                let request = Array(WireCase.post("Content-Length: 20\r\n", "twenty bytes of body").utf8)
                for end in 0...request.count {
                    let client = try RawClient(port: port)
                    client.send(request[..<end])
                    if end % 2 == 0 { client.reset() }
                }
                for target in ["/large", "/stream", "/slow"] {
                    for _ in 0..<10 {
                        let client = try RawClient(port: port)
                        client.send(WireCase.get(target))
                        client.reset()
                    }
                }
            }
            try await expectHealthy(server, port)
        }
    }

    @Test func cancelsTheHandlerOfAClientThatReset() async throws {
        let events = Events()
        var router = testRouter()
        router.on(.get, "/wait") { _ in
            events.note("began")
            try? await Task.sleep(for: .seconds(60))
            events.note(Task.isCancelled ? "cancelled" : "finished")
            return .text("done")
        }
        try await withServer(router) { server, port in
            try await offPool {
                let client = try RawClient(port: port)
                client.send(WireCase.get("/wait"))
                while events.all.isEmpty { usleep(1000) }
                client.reset()
            }
            try await expectHealthy(server, port)
            #expect(events.all == ["began", "cancelled"])
        }
    }

    /// A client may half-close after its request and still wants the answer.
    @Test func answersAHalfOpenClientLate() async throws {
        try await withServer { server, port in
            let bytes = try await offPool { try RawClient(port: port).exchange(Array(WireCase.get("/slow").utf8)) }
            #expect(try WireAnswer.all(in: bytes).map(\.text) == ["slow"])
            try await expectHealthy(server, port)
        }
    }

    @Test func turnsAwayWhoeverIsTooMany() async throws {
        try await withServer(configure: { $0.maximumConnections = 3 }) { server, port in
            try await offPool {
                let admitted = try (0..<3).map { _ in try RawClient(port: port) }
                for client in admitted {
                    client.send(WireCase.get())
                    #expect(client.readResponse().statusCode == 200)
                }
                let refused = try WireAnswer.all(in: try RawClient(port: port).readBytes())
                #expect(refused.map(\.status) == [503])
                #expect(refused.first?.field("Retry-After") == "1")
                #expect(refused.first?.field("Connection") == "close")
            }
            try await expectHealthy(server, port)
        }
    }

    @Test func turnsAwayAnAddressThatHasTooMany() async throws {
        try await withServer(configure: { $0.maximumConnectionsPerAddress = 2 }) { server, port in
            try await offPool {
                let admitted = try (0..<2).map { _ in try RawClient(port: port) }
                for client in admitted {
                    client.send(WireCase.get())
                    #expect(client.readResponse().statusCode == 200)
                }
                #expect(try WireAnswer.all(in: try RawClient(port: port).readBytes()).map(\.status) == [503])
            }
            try await expectHealthy(server, port)
        }
    }

    @Test func closesAfterSoManyRequests() async throws {
        try await withServer(configure: { $0.maximumRequestsPerConnection = 3 }) { server, port in
            let bytes = try await offPool {
                try RawClient(port: port).exchange(Array(String(repeating: WireCase.get(), count: 5).utf8))
            }
            let answers = try WireAnswer.all(in: bytes)
            #expect(answers.map(\.status) == [200, 200, 200])
            #expect(answers.last?.field("Connection") == "close")
            try await expectHealthy(server, port)
        }
    }

    /// A handler that blocks its thread, or all of them, does not keep the others waiting.
    @Test func servesOthersWhileHandlersBlock() async throws {
        let gate = Gate()
        var router = testRouter()
        router.on(.get, "/block") { _ in
            gate.block()
            return .text("unblocked")
        }
        try await withServer(router) { server, port in
            try await offPool {
                let blocked = try (0..<8).map { _ in try RawClient(port: port) }
                for client in blocked { client.send(WireCase.get("/block")) }
                while gate.blocked < 8 { usleep(1000) }
                for _ in 0..<20 {
                    let client = try RawClient(port: port)
                    client.send(WireCase.get())
                    #expect(client.readResponse().hasSuffix("hello"))
                }
                gate.open()
                for client in blocked { #expect(client.readResponse().hasSuffix("unblocked")) }
            }
            try await expectHealthy(server, port)
        }
    }
}

/// What happened, in order.
final class Events: Sendable {
    private let list = Mutex<[String]>([])
    var all: [String] { list.withLock { $0 } }
    func note(_ event: String) { list.withLock { $0.append(event) } }
}

/// Blocks threads until it is opened.
final class Gate: Sendable {
    private let state = Mutex((isOpen: false, blocked: 0))
    var blocked: Int { state.withLock { $0.blocked } }

    func block() {
        state.withLock { $0.blocked += 1 }
        while !state.withLock({ $0.isOpen }) { usleep(1000) }
    }

    func open() { state.withLock { $0.isOpen = true } }
}
