import Logging
import Synchronization
import Testing

@testable import HTTPServer

@Suite struct ExchangeTests {
    @Test func isObserved() async throws {
        let exchanges = Box<Exchange>()
        try await withServer(configure: { $0.observer = { exchanges.add($0) } }) { _, port in
            let bytes = try await offPool {
                try RawClient(port: port).exchange(
                    Array(
                        (WireCase.get("/items/7?secret=1") + WireCase.post("Content-Length: 3\r\n", "abc")
                            + WireCase.get("/none") + "nonsense\r\n\r\n").utf8))
            }
            let answers = try WireAnswer.all(in: bytes)
            let seen = exchanges.all
            #expect(seen.map(\.route) == ["/items/{id}", "/echo", nil, nil])
            #expect(seen.map(\.status.code) == [200, 200, 404, 400])
            #expect(seen.map(\.path) == ["/items/7", "/echo", "/none", "-"])
            #expect(seen.map(\.requestBytes) == [0, 3, 0, 0])
            #expect(seen.map(\.requestID) == answers.map { $0.field("X-Request-Id") ?? "" })
            #expect(Set(seen.map(\.requestID)).count == 4)
            #expect(
                seen.allSatisfy { $0.requestID.utf8.count == 32 && $0.isComplete && $0.remoteAddress == "127.0.0.1" })
        }
    }

    @Test func isLoggedWithoutSecrets() async throws {
        let lines = Box<String>()
        var configuration = ServerConfiguration()
        configuration.addresses = [.tcp(host: "127.0.0.1", port: 0)]
        let logger = Logger(label: "test") { _ in LineHandler(lines: lines) }
        let server = HTTPServer(configuration: configuration, responder: testRouter(), logger: logger)
        try server.start()
        let run = Task { await server.run() }
        let port = server.boundAddresses.first?.port ?? 0
        let fields = "Authorization: Bearer hidden\r\ntraceparent: 00-\(trace)-00f067aa0ba902b7-01\r\n"
        let bytes = try await offPool {
            try RawClient(port: port).exchange(Array(WireCase.get("/items/7?token=hidden", fields).utf8))
        }
        await server.shutdown()
        await run.value
        #expect(try WireAnswer.all(in: bytes).first?.field("X-Request-Id") == trace)
        #expect(lines.all.count == 1)
        let line = lines.all.first ?? ""
        for part in [
            "path=/items/7 ", "route=/items/{id}", "status=200", "request=\(trace)", "parent=00f067aa0ba902b7",
        ] {
            #expect(line.contains(part), "\(part) in \(line)")
        }
        #expect(!line.contains("hidden"))
    }

    private let trace = "4bf92f3577b34da6a3ce929d0e0e4736"

    @Test(arguments: [
        "", "00", "00-\(String(repeating: "0", count: 32))-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", "00-4bf92f3577b34da6-00f067aa0ba902b7-01",
    ])
    func ignoresMalformedTraces(_ field: String) { #expect(TraceContext(field) == nil) }

    @Test func readsTraces() throws {
        let context = try #require(TraceContext("00-\(trace)-00f067aa0ba902b7-01"))
        #expect(context.traceID == trace)
        #expect(context.parentID == "00f067aa0ba902b7")
        #expect(context.isSampled)
        #expect(TraceContext("01-\(trace)-00f067aa0ba902b7-00-more")?.isSampled == false)
    }
}

/// A list that grows.
final class Box<Element: Sendable>: Sendable {
    private let list = Mutex<[Element]>([])
    var all: [Element] { list.withLock { $0 } }
    func add(_ element: Element) { list.withLock { $0.append(element) } }
}

private struct LineHandler: LogHandler {
    let lines: Box<String>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let pairs = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value) " }
        lines.add("\(event.message) \(pairs.joined())")
    }
}
