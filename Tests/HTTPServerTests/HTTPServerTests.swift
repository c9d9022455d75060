import Testing

@testable import HTTPServer

@Suite struct HTTPServerTests {
    /// Sends `text` and reads what comes until the server closes.
    private func exchange(_ port: Int, _ text: String) async throws -> String {
        try await offPool {
            let client = try RawClient(port: port)
            client.send(text)
            return client.read()
        }
    }

    @Test func answersAndCloses() async throws {
        try await withServer { _, port in
            let answer = try await exchange(port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(answer.statusCode == 200)
            #expect(answer.responseBody == "hello")
            #expect(answer.field("Content-Length") == "5")
            #expect(answer.field("Connection") == "close")
            #expect(answer.field("Date")?.hasSuffix(" GMT") == true)
        }
    }

    @Test func keepsConnectionsAndPipelines() async throws {
        try await withServer { _, port in
            let one = "GET /items/7 HTTP/1.1\r\nHost: a\r\n\r\n"
            let last = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            let answer = try await exchange(port, one + one + last)
            #expect(answer.split(separator: "HTTP/1.1 200 OK").count == 3)
            #expect(answer.hasSuffix("hello"))
        }
    }

    @Test func echoesBodies() async throws {
        try await withServer { _, port in
            let answer = try await exchange(
                port,
                "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n"
                    + "A: b\r\n\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc")
            #expect(answer.contains("hello world"))
            #expect(answer.hasSuffix("abc"))
        }
    }

    @Test func streamsInChunks() async throws {
        try await withServer { _, port in
            let answer = try await exchange(port, "GET /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(answer.responseBody == "7\r\npart 1\n\r\n7\r\npart 2\n\r\n7\r\npart 3\n\r\n0\r\n\r\n")
        }
    }

    @Test func sendsLargeBodies() async throws {
        try await withServer { _, port in
            let answer = try await exchange(port, "GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(answer.responseBody.utf8.count == 4 << 20)
        }
    }
}
