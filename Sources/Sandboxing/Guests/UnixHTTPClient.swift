import Foundation
import Glibc

/// A client of HTTP/1.1 over a Unix socket, as the engines serve it: one request a connection. Its blocking calls run
/// on a thread of their own.
struct UnixHTTPClient: Sendable {
    struct Response: Sendable {
        var status: Int
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
        var isSuccess: Bool { (200..<300).contains(status) }
    }

    enum Failure: Error, Sendable, Hashable {
        case cannotConnect(errno: Int32)
        case connectionLost
        case malformed(String)
        case tooLong
    }

    let socketPath: String
    /// Bytes of a response's body.
    var bodyLimit = 8 << 20

    /// Sends one request. Nothing being heard for `limit` ends it.
    func send(
        _ method: String, _ path: String, body: Payload = .bytes([]), type: String = "application/json",
        limit: Duration = .seconds(60)
    ) async throws(Failure) -> Response {
        let once = Once<Result<Response, Failure>>()
        startThread {
            do throws(Failure) {
                once.resolve(.success(try exchange(method, path, body, type, limit)))
            } catch { once.resolve(.failure(error)) }
        }
        return try await once.value.get()
    }

    private func exchange(
        _ method: String, _ path: String, _ body: Payload, _ type: String, _ limit: Duration
    ) throws(Failure) -> Response {
        let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw .cannotConnect(errno: errno) }
        let connection = Descriptor(number)
        var timeout = timeval(tv_sec: Int(limit.components.seconds), tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(number, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size))
        }
        guard withUnixAddress(socketPath, { connect(number, $0, $1) }) == 0 else { throw .cannotConnect(errno: errno) }
        let head = """
            \(method) \(path) HTTP/1.1\r
            Host: engine\r
            Connection: close\r
            Content-Type: \(type)\r
            Content-Length: \(body.size)\r
            \r

            """
        try write(Array(head.utf8)[...], to: connection)
        let isSent = try body.parts { part throws(Failure) in
            try write(part, to: connection)
            return true
        }
        guard isSent else { throw .malformed("file that is sent") }
        var reader = HTTPResponseReader(connection, bodyLimit: bodyLimit, isHead: method == "HEAD")
        return try reader.read()
    }

    private func write(_ bytes: ArraySlice<UInt8>, to connection: Descriptor) throws(Failure) {
        var offset = 0
        while offset < bytes.count {
            let sent = bytes.withUnsafeBytes {
                Glibc.send(connection.number, $0.baseAddress! + offset, $0.count - offset, Int32(MSG_NOSIGNAL))
            }
            if sent < 0, errno == EINTR { continue }
            guard sent > 0 else { throw .connectionLost }
            offset += sent
        }
    }
}

/// Reads one response from a connection.
struct HTTPResponseReader {
    private let connection: Descriptor
    private let bodyLimit: Int
    private let isHead: Bool
    private var buffer: [UInt8] = []

    private static let headLimit = 64 << 10

    init(_ connection: Descriptor, bodyLimit: Int, isHead: Bool = false) {
        self.connection = connection
        self.bodyLimit = bodyLimit
        self.isHead = isHead
    }

    mutating func read() throws(UnixHTTPClient.Failure) -> UnixHTTPClient.Response {
        var status = 0
        var fields: [String: String] = [:]
        repeat {
            (status, fields) = try head()
        } while (100..<200).contains(status)
        if isHead || status == 204 || status == 304 { return .init(status: status, body: []) }
        if fields["transfer-encoding"]?.lowercased() == "chunked" { return .init(status: status, body: try chunks()) }
        if let text = fields["content-length"] {
            guard let length = Int(text), length >= 0 else { throw .malformed("Content-Length: \(text)") }
            return .init(status: status, body: try take(length))
        }
        repeat { if buffer.count > bodyLimit { throw .tooLong } } while try fill()
        return .init(status: status, body: buffer)
    }

    private mutating func head() throws(UnixHTTPClient.Failure) -> (Int, [String: String]) {
        let line = try self.line().split(separator: " ", maxSplits: 2)
        guard line.count >= 2, line[0].hasPrefix("HTTP/1."), let status = Int(line[1]) else {
            throw .malformed("status")
        }
        var fields: [String: String] = [:]
        while true {
            let line = try self.line()
            if line.isEmpty { return (status, fields) }
            guard let colon = line.firstIndex(of: ":"), fields.count < 200 else { throw .malformed("header") }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            fields[line[..<colon].lowercased()] = String(value)
        }
    }

    private mutating func chunks() throws(UnixHTTPClient.Failure) -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let line = try self.line()
            guard let size = Int(line.prefix { $0 != ";" }.filter { $0 != " " }, radix: 16), size >= 0 else {
                throw .malformed("chunk")
            }
            if size == 0 {
                while try !self.line().isEmpty {}
                return body
            }
            guard size <= bodyLimit - body.count else { throw .tooLong }
            body += try take(size)
            guard try self.line().isEmpty else { throw .malformed("chunk end") }
        }
    }

    private mutating func line() throws(UnixHTTPClient.Failure) -> String {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                var line = buffer[..<end]
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                defer { buffer.removeFirst(end + 1) }
                return String(decoding: line, as: UTF8.self)
            }
            guard buffer.count < Self.headLimit else { throw .tooLong }
            guard try fill() else { throw .connectionLost }
        }
    }

    private mutating func take(_ count: Int) throws(UnixHTTPClient.Failure) -> [UInt8] {
        guard count <= bodyLimit else { throw .tooLong }
        while buffer.count < count { guard try fill() else { throw .connectionLost } }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    /// False at the end of the stream.
    private mutating func fill() throws(UnixHTTPClient.Failure) -> Bool {
        var part = [UInt8](repeating: 0, count: 32 << 10)
        while true {
            let count = recv(connection.number, &part, part.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .connectionLost }
            buffer += part[..<count]
            return count > 0
        }
    }
}
