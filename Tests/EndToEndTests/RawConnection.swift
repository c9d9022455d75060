import Foundation
import Testing

/// A TCP connection of a client that does what curl would not: send half of a request, or nothing at all.
final class RawConnection: Sendable {
    private let descriptor: Int32

    /// Long enough for a busy machine; a server that says nothing until then fails the test.
    private static let patience = 60

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try #require(descriptor >= 0)
        var wait = timeval(tv_sec: Self.patience, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0)
    }

    deinit { close(descriptor) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// What comes until `isEnough`, or until the server closes. Fails the test when neither happens.
    func read(until isEnough: (String) -> Bool = { _ in false }) throws -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !isEnough(String(decoding: bytes, as: UTF8.self)) {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count == 0 || (count < 0 && errno == ECONNRESET) { break }
            try #require(count > 0, "the server does not answer")
            bytes += buffer.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension AssayServer {
    /// The port of `url`.
    var port: UInt16 {
        get throws { try #require(url.split(separator: ":").last.flatMap { UInt16($0) }) }
    }

    /// What a connection is answered beside `count` others that were answered and are held.
    func greetingBeside(_ count: Int) throws -> String {
        func greet() throws -> (connection: RawConnection, answer: String) {
            let connection = try RawConnection(port: port)
            connection.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
            return (connection, try connection.read { $0.contains("}\n") || $0.contains("Too many") })
        }
        // Connections of the tests before may still be closing.
        for attempt in 1... {
            let held = try (0..<count).map { _ in try greet() }
            if held.allSatisfy({ $0.answer.hasPrefix("HTTP/1.1 200 ") }) {
                return try withExtendedLifetime(held) { try greet().answer }
            }
            try #require(attempt < 100)
            usleep(100_000)
        }
        return ""
    }
}
