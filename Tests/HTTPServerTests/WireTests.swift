import Testing

@testable import HTTPServer

/// Every case of the table against a real server over a real socket.
@Suite struct WireTests {
    @Test func tableIsLargeAndUnambiguous() {
        #expect(WireCase.all.count >= 150)
        #expect(Set(WireCase.all.map(\.name)).count == WireCase.all.count)
    }

    @Test func answersEachCase() async throws {
        try await withServer { server, port in
            for wireCase in WireCase.all {
                let bytes = try await offPool {
                    let client = try RawClient(port: port)
                    return client.exchange(wireCase.bytes)
                }
                let answers = try WireAnswer.all(in: bytes, heads: wireCase.heads)
                #expect(answers.map(\.status) == wireCase.statuses, "\(wireCase)")
                if let body = wireCase.body { #expect(answers.last?.text == body, "\(wireCase)") }
                for answer in answers where answer.status >= 400 && answer.status != 404 && answer.status != 405 {
                    #expect(answer.field("Connection") == "close", "\(wireCase)")
                }
            }
            try await expectHealthy(server, port)
        }
    }

    /// The same bytes in pieces are the same requests.
    @Test func answersTheSameInSmallPieces() async throws {
        try await withServer { server, port in
            for wireCase in WireCase.all where wireCase.bytes.count < 400 {
                let bytes = try await offPool {
                    let client = try RawClient(port: port)
                    client.sendsAtOnce()
                    for byte in wireCase.bytes { client.send([byte]) }
                    client.finishSending()
                    return client.readBytes()
                }
                let answers = try WireAnswer.all(in: bytes, heads: wireCase.heads)
                // Whether a body is asked for depends on how much of it came with the head.
                #expect(answers.map(\.status).filter { $0 != 100 } == wireCase.statuses, "\(wireCase)")
            }
            try await expectHealthy(server, port)
        }
    }

    @Test func namesTheMethodsOfAResource() async throws {
        try await withServer { _, port in
            let answer = try await offPool {
                try RawClient(port: port).exchange(Array("PUT / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
            }
            #expect(try WireAnswer.all(in: answer).first?.field("Allow") == "GET, HEAD, OPTIONS")
        }
    }

    @Test func asksForABodyThatWaits() async throws {
        try await withServer { _, port in
            let answers = try await offPool {
                let client = try RawClient(port: port)
                client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
                let first = client.read { $0.hasSuffix("\r\n\r\n") }
                client.send("hello")
                client.finishSending()
                return (first, client.read())
            }
            #expect(answers.0 == "HTTP/1.1 100 Continue\r\n\r\n")
            #expect(answers.1.statusCode == 200)
            #expect(answers.1.hasSuffix("hello"))
        }
    }
}

/// A server that was maltreated still answers, and keeps nobody.
func expectHealthy(_ server: HTTPServer, _ port: Int) async throws {
    let bytes = try await offPool { try RawClient(port: port).exchange(Array(WireCase.get().utf8)) }
    #expect(try WireAnswer.all(in: bytes).map(\.status) == [200])
    for _ in 0..<2000 where server.connectionCount > 0 { try await Task.sleep(for: .milliseconds(10)) }
    #expect(server.connectionCount == 0)
}
