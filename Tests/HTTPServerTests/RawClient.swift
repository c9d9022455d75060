import Foundation
import Glibc

/// A client that sends exactly the bytes it is told to. Its calls block; `offPool` keeps them from the tests' threads.
final class RawClient: Sendable {
    let descriptor: Int32

    struct Failure: Error {
        let call: String
        let code: Int32
    }

    /// Connects to 127.0.0.1; every read ends after `timeout` seconds at the latest.
    init(port: Int, timeout: Int = 60) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(call: "socket", code: errno) }
        var wait = timeval(tv_sec: timeout, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        do {
            try Self.connect(descriptor, port)
        } catch {
            close(descriptor)
            throw error
        }
    }

    static func connect(_ descriptor: Int32, _ port: Int) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw Failure(call: "connect", code: errno) }
    }

    deinit { close(descriptor) }

    /// Sends everything; whether the server took it.
    @discardableResult
    func send(_ bytes: some Collection<UInt8>) -> Bool {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(text.utf8) }

    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Closes at once with a reset.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Every piece leaves as a packet of its own.
    func sendsAtOnce() {
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Sends everything on another thread while it reads, half-closes, and reads to the end. The server may answer
    /// before it has read everything, and stop reading.
    func exchange(_ bytes: [UInt8]) -> [UInt8] {
        let sender = Thread {
            self.send(bytes)
            self.finishSending()
        }
        sender.start()
        let answer = readBytes()
        while !sender.isFinished { usleep(100) }
        return answer
    }

    /// Reads until the server closes.
    func readBytes() -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return bytes }
            bytes += buffer[0..<count]
        }
    }

    /// Reads until the server closes, or `stop` says that what came is enough.
    func read(until stop: (String) -> Bool = { _ in false }) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            bytes += buffer[0..<count]
            if stop(String(decoding: bytes, as: UTF8.self)) { break }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads one response whose length is told by Content-Length, or one without a body.
    func readResponse() -> String {
        read { text in
            guard let head = text.range(of: "\r\n\r\n") else { return false }
            guard let field = text.range(of: "Content-Length: ") else { return true }
            let length = Int(text[field.upperBound...].prefix { $0.isNumber }) ?? 0
            return text[head.upperBound...].utf8.count >= length
        }
    }
}

extension String {
    /// The status code at the beginning of a response.
    var statusCode: Int? { hasPrefix("HTTP/1.1 ") ? Int(dropFirst(9).prefix(3)) : nil }

    /// What follows the first empty line.
    var responseBody: String { range(of: "\r\n\r\n").map { String(self[$0.upperBound...]) } ?? "" }

    /// The first header field of that name.
    func field(_ name: String) -> String? {
        for line in split(separator: "\r\n", omittingEmptySubsequences: false).dropFirst() {
            if line.isEmpty { return nil }
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == name.lowercased() {
                return String(parts[1].drop { $0 == " " })
            }
        }
        return nil
    }
}

/// Runs blocking code on a thread of its own.
func offPool<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Swift.Result { try body() }) }.start()
    }
}
