import Foundation
import Glibc
import Testing

@testable import Sandboxing

/// The client against a server that answers what the test says, byte for byte.
struct UnixHTTPClientTests {
    /// Serves one connection; returns the client's result and the request.
    private func exchange(
        answering answer: String, method: String = "GET", body: String = "", bodyLimit: Int = 1 << 20
    ) async throws -> (UnixHTTPClient.Response, request: String) {
        let path = NSTemporaryDirectory() + "assay-http-\(UUID().uuidString.prefix(8))"
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer {
            close(listener)
            unlink(path)
        }
        try #require(withUnixAddress(path, { bind(listener, $0, $1) }) == 0 && listen(listener, 1) == 0)
        let request = Once<String>()
        startThread {
            let connection = accept(listener, nil, nil)
            var received: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            while !String(decoding: received, as: UTF8.self).hasSuffix("\r\n\r\n" + body) {
                let count = read(connection, &buffer, buffer.count)
                guard count > 0 else { break }
                received += buffer[..<count]
            }
            request.resolve(String(decoding: received, as: UTF8.self))
            // In small pieces, so that every boundary falls inside something.
            for byte in answer.utf8 { _ = send(connection, [byte], 1, Int32(MSG_NOSIGNAL)) }
            close(connection)
        }
        var client = UnixHTTPClient(socketPath: path)
        client.bodyLimit = bodyLimit
        let response = try await client.send(method, "/x?y=z", body: .bytes(Array(body.utf8)), limit: .seconds(20))
        return (response, await request.value)
    }

    @Test func aRequestIsWrittenAndItsAnswerRead() async throws {
        let (response, request) = try await exchange(
            answering: "HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello", method: "POST", body: "{}")
        #expect(response.status == 201 && response.text == "hello" && response.isSuccess)
        #expect(request.hasPrefix("POST /x?y=z HTTP/1.1\r\n") && request.contains("Content-Length: 2\r\n"))
        #expect(request.contains("Connection: close\r\n") && request.hasSuffix("\r\n\r\n{}"))
    }

    @Test(arguments: [
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: 1\r\n\r\n",
            200, "hello world"
        ),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", 200, "ok"),
        ("HTTP/1.1 204 No Content\r\n\r\n", 204, ""), ("HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, "until the end"),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 404, ""),
    ])
    func everyFormOfBodyIsRead(_ answer: String, _ status: Int, _ body: String) async throws {
        let (response, _) = try await exchange(answering: answer)
        #expect(response.status == status && response.text == body)
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
    ])
    func anAnswerThatIsNoneIsAnError(_ answer: String) async throws {
        await #expect(throws: UnixHTTPClient.Failure.self) { try await exchange(answering: answer) }
    }

    @Test func bodiesAreBounded() async throws {
        let exact = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour"
        #expect(try await exchange(answering: exact, bodyLimit: 4).0.text == "four")
        for answer in [
            exact, "HTTP/1.1 200 OK\r\n\r\nfour",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n0\r\n\r\n",
        ] {
            await #expect(throws: UnixHTTPClient.Failure.tooLong) {
                try await exchange(answering: answer, bodyLimit: 3)
            }
        }
    }

    @Test func nobodyListening() async {
        let client = UnixHTTPClient(socketPath: NSTemporaryDirectory() + "assay-nobody")
        await #expect(throws: UnixHTTPClient.Failure.cannotConnect(errno: ENOENT)) { try await client.send("GET", "/") }
    }
}
