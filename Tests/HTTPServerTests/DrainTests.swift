import Glibc
import Testing

@testable import HTTPServer

@Suite struct DrainTests {
    @Test func finishesWhatIsInFlightAndClosesWhatIsIdle() async throws {
        let events = Events()
        var router = testRouter()
        router.on(.get, "/until-drain") { request in
            events.note("began")
            await request.drain.wait()
            return .text("finished")
        }
        try await withServer(router) { server, port in
            let idle = try RawClient(port: port)
            let busy = try RawClient(port: port)
            try await offPool {
                idle.send(WireCase.get())
                _ = idle.readResponse()
                busy.send(WireCase.get("/until-drain"))
                while events.all.isEmpty { usleep(1000) }
            }
            server.beginDrain()
            let (idleRest, busyAnswer) = try await offPool { (idle.readBytes(), busy.readBytes()) }
            #expect(idleRest.isEmpty)
            let answers = try WireAnswer.all(in: busyAnswer)
            #expect(answers.map(\.text) == ["finished"])
            #expect(answers.first?.field("Connection") == "close")
            await #expect(throws: RawClient.Failure.self) { try await offPool { try RawClient(port: port).descriptor } }
        }
    }

    @Test func cancelsWhatTakesLongerThanTheDrain() async throws {
        let events = Events()
        var router = testRouter()
        router.on(.get, "/forever") { _ in
            events.note("began")
            try? await Task.sleep(for: .seconds(600))
            events.note(Task.isCancelled ? "cancelled" : "finished")
            return .text("")
        }
        try await withServer(router, configure: { $0.drainTimeout = .milliseconds(100) }) { server, port in
            let client = try RawClient(port: port)
            try await offPool {
                client.send(WireCase.get("/forever"))
                while events.all.isEmpty { usleep(1000) }
            }
            await server.shutdown()
            #expect(events.all == ["began", "cancelled"])
            #expect(server.connectionCount == 0)
        }
    }

    @Test func endsWithTheTaskThatRunsIt() async throws {
        var configuration = ServerConfiguration()
        configuration.addresses = [.tcp(host: "127.0.0.1", port: 0)]
        let server = HTTPServer(configuration: configuration, responder: testRouter(), logger: quietLogger)
        try server.start()
        let run = Task { await server.run() }
        run.cancel()
        await run.value
        #expect(throws: ServerError.alreadyStarted) { try server.start() }
    }

    @Test func tellsThatAnAddressIsTaken() async throws {
        try await withServer { _, port in
            var configuration = ServerConfiguration()
            configuration.addresses = [.tcp(host: "127.0.0.1", port: port)]
            let second = HTTPServer(configuration: configuration, responder: testRouter(), logger: quietLogger)
            #expect(throws: ServerError.cannotListen("127.0.0.1:\(port)", errno: 98)) { try second.start() }
        }
    }
}
