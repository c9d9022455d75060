import Glibc

/// A connection to the service under load, used for one request after the other. Its calls block: it belongs to one
/// thread.
final class LoadConnection {
    struct Answer {
        var status: Int
        var body: [UInt8]
    }

    enum Failure: Error { case cannotConnect, lost, malformed }

    private let host: String
    private let port: UInt16
    private let token: String?
    private var socket: Int32 = -1
    private var buffer: [UInt8] = []

    private static let patienceSeconds = 90
    private static let largestAnswer = 16 << 20

    init(host: String, port: UInt16, token: String?) {
        self.host = host
        self.port = port
        self.token = token
    }

    deinit { if socket >= 0 { close(socket) } }

    func post(_ path: String, _ body: [UInt8]) throws(Failure) -> Answer {
        let wasOpen = socket >= 0
        do throws(Failure) { return try exchange(path, body) } catch {
            end()
            // The service may have closed a connection that was idle; a new one is no second attempt.
            guard wasOpen, case .lost = error else { throw error }
        }
        do throws(Failure) { return try exchange(path, body) } catch {
            end()
            throw error
        }
    }

    private func end() {
        if socket >= 0 { close(socket) }
        socket = -1
        buffer = []
    }

    private func exchange(_ path: String, _ body: [UInt8]) throws(Failure) -> Answer {
        if socket < 0 { try open() }
        let access = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        let head =
            "POST \(path) HTTP/1.1\r\nHost: \(host):\(port)\r\n\(access)Content-Type: application/json\r\n"
            + "Content-Length: \(body.count)\r\n\r\n"
        try send(Array(head.utf8) + body)
        return try receive()
    }

    private func open() throws(Failure) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &list) == 0, let first = list else { throw .cannotConnect }
        defer { freeaddrinfo(first) }
        var candidate: UnsafeMutablePointer<addrinfo>? = first
        while let address = candidate {
            let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            let number = Glibc.socket(address.pointee.ai_family, type, 0)
            if number >= 0, connect(number, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 {
                socket = number
                return configure()
            }
            if number >= 0 { close(number) }
            candidate = address.pointee.ai_next
        }
        throw .cannotConnect
    }

    private func configure() {
        var one: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        var patience = timeval(tv_sec: Self.patienceSeconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(socket, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    private func send(_ bytes: [UInt8]) throws(Failure) {
        var offset = 0
        while offset < bytes.count {
            let sent = bytes.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress! + offset, $0.count - offset, Int32(MSG_NOSIGNAL))
            }
            if sent < 0, errno == EINTR { continue }
            guard sent > 0 else { throw .lost }
            offset += sent
        }
    }

    private func receive() throws(Failure) -> Answer {
        var end = headEnd()
        while end == nil {
            try readMore()
            end = headEnd()
        }
        guard let end else { throw .malformed }
        let lines = String(decoding: buffer[..<end], as: UTF8.self).split(separator: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw .malformed
        }
        buffer.removeFirst(end + 4)
        var length = 0
        var closes = false
        for line in lines.dropFirst() {
            let name = line.prefix { $0 != ":" }.lowercased()
            let value = line.dropFirst(name.count + 1).drop { $0 == " " }
            if name == "content-length" { length = Int(value) ?? 0 }
            if name == "connection", value.lowercased() == "close" { closes = true }
            // Answers of this service that are no streams have a length.
            if name == "transfer-encoding" { throw .malformed }
        }
        guard length <= Self.largestAnswer else { throw .malformed }
        while buffer.count < length { try readMore() }
        let body = Array(buffer.prefix(length))
        buffer.removeFirst(length)
        if closes { self.end() }
        return Answer(status: status, body: body)
    }

    private func headEnd() -> Int? {
        guard buffer.count >= 4 else { return nil }
        return (0...(buffer.count - 4)).first {
            buffer[$0] == 13 && buffer[$0..<($0 + 4)].elementsEqual([13, 10, 13, 10])
        }
    }

    private func readMore() throws(Failure) {
        var bytes = [UInt8](repeating: 0, count: 16 << 10)
        var size = 0
        repeat { size = read(socket, &bytes, bytes.count) } while size < 0 && errno == EINTR
        guard size > 0 else { throw .lost }
        buffer += bytes[..<size]
    }
}
