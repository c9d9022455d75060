import COpenSSL
import Foundation
import Glibc

/// A request to an address that somebody outside chose. It goes to public addresses only, unless the operator allows
/// others: the name is resolved once and the connection made to the very address that was checked, so that a name
/// cannot mean another one later. Redirects are not followed.
struct OutboundRequest: Sendable {
    let method: String
    let target: Target
    let body: [UInt8]
    let contentType: String
    /// More fields, whose values hold no line breaks.
    var headers: [(name: String, value: String)] = []

    struct Target: Sendable, Hashable {
        let isSecure: Bool
        let host: String
        let port: UInt16
        /// Path and query.
        let path: String

        /// `nil` unless `text` is an http or https URL without a user's name.
        init?(_ text: String) {
            // What is not printable would be encoded, and mean something else than was written.
            guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }), let url = URLComponents(string: text),
                let scheme = url.scheme?.lowercased(),
                ["http", "https"].contains(scheme), var host = url.host, !host.isEmpty, url.user == nil,
                url.password == nil, (1...65535).contains(url.port ?? 1)
            else { return nil }
            if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
            let path =
                (url.percentEncodedPath.isEmpty ? "/" : url.percentEncodedPath)
                + (url.percentEncodedQuery.map { "?" + $0 } ?? "")
            guard (host + path).utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
            isSecure = scheme == "https"
            self.host = host
            self.path = path
            port = UInt16(url.port ?? (isSecure ? 443 : 80))
        }

        fileprivate var hostField: String {
            let name = host.contains(":") ? "[\(host)]" : host
            return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
        }
    }

    enum Failure: Error, Sendable, Hashable {
        case unknownHost
        /// It leads only to addresses that may not be reached.
        case forbiddenAddress
        case unreachable(errno: Int32)
        /// The certificate is not the host's, or TLS failed otherwise.
        case insecure
        case noAnswer
    }

    /// Sends it and returns the answer's status; `timeout` bounds it all but the look-up of the name, which the resolver
    /// bounds. Blocking calls happen on a thread of its own.
    func send(timeout: Duration, allowsPrivate: Bool) async throws(Failure) -> Int {
        let result = await withCheckedContinuation { (continuation: CheckedContinuation<Result<Int, Failure>, Never>) in
            Thread.detachNewThread {
                continuation.resume(
                    returning: Result { () throws(Failure) in
                        try exchange(timeout: timeout, allowsPrivate: allowsPrivate)
                    })
            }
        }
        return try result.get()
    }

    private func exchange(timeout: Duration, allowsPrivate: Bool) throws(Failure) -> Int {
        let deadline = ContinuousClock.now + timeout
        let socket = try connect(timeout: timeout, allowsPrivate: allowsPrivate)
        defer { close(socket) }
        let head = """
            \(method) \(target.path) HTTP/1.1\r
            Host: \(target.hostField)\r
            Content-Type: \(contentType)\r
            Content-Length: \(body.count)\r
            User-Agent: assay\r
            \(headers.map { "\($0.name): \($0.value)\r\n" }.joined())\
            Connection: close\r
            \r

            """
        let message = Array(head.utf8) + body
        var stream = OutboundStream(socket, until: deadline)
        defer { stream.close() }
        if target.isSecure, !stream.secure(host: target.host) { throw .insecure }
        guard stream.write(message), let line = stream.readLine() else { throw .noAnswer }
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]), (100...599).contains(status)
        else { throw .noAnswer }
        return status
    }

    private func connect(timeout: Duration, allowsPrivate: Bool) throws(Failure) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(target.host, "\(target.port)", &hints, &list) == 0 else { throw .unknownHost }
        defer { freeaddrinfo(list) }
        var failure = Failure.forbiddenAddress
        var next = list
        while let info = next?.pointee {
            next = info.ai_next
            guard let raw = info.ai_addr, let address = NetworkAddress(raw), allowsPrivate || address.isPublic else {
                continue
            }
            let socket = Glibc.socket(info.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard socket >= 0 else { throw .unreachable(errno: errno) }
            // The timeout of sending bounds the connection too.
            let (seconds, attoseconds) = timeout.components
            var wait = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
            for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
                setsockopt(socket, SOL_SOCKET, option, &wait, socklen_t(MemoryLayout<timeval>.size))
            }
            if Glibc.connect(socket, raw, info.ai_addrlen) == 0 { return socket }
            failure = .unreachable(errno: errno)
            close(socket)
        }
        throw failure
    }
}

/// A connected socket, with TLS if asked for. Its calls block.
private struct OutboundStream {
    private let socket: Int32
    /// The socket's own timeouts bound one call; who sends a byte now and then would go on for ever.
    private let deadline: ContinuousClock.Instant
    private var tls: OpaquePointer?
    private var context: OpaquePointer?

    init(_ socket: Int32, until deadline: ContinuousClock.Instant) {
        self.socket = socket
        self.deadline = deadline
    }

    /// Whether the other end proved to be `host`, by the system's certificates.
    mutating func secure(host: String) -> Bool {
        context = SSL_CTX_new(TLS_client_method())
        guard let context, SSL_CTX_set_default_verify_paths(context) == 1 else { return false }
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        tls = SSL_new(context)
        guard let tls, SSL_set1_host(tls, host) == 1, SSL_set_fd(tls, socket) == 1 else { return false }
        // SSL_set_tlsext_host_name is a macro for this.
        var name = Array(host.utf8CString)
        SSL_ctrl(tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name), &name)
        return SSL_connect(tls) == 1
    }

    func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            guard ContinuousClock.now < deadline else { return false }
            let count = bytes.withUnsafeBytes { buffer in
                let start = buffer.baseAddress! + sent
                return tls.map { Int(SSL_write($0, start, Int32(min(bytes.count - sent, 1 << 20)))) }
                    ?? Glibc.send(socket, start, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Longest first line that is read, in bytes.
    private static let longestLine = 4096

    /// The first line; `nil` if there is none.
    func readLine() -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.count < Self.longestLine, ContinuousClock.now < deadline {
            let count = tls.map { Int(SSL_read($0, &byte, 1)) } ?? recv(socket, &byte, 1, 0)
            guard count == 1 else { return nil }
            if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            if byte != UInt8(ascii: "\r") { line.append(byte) }
        }
        return nil
    }

    mutating func close() {
        if let tls { SSL_free(tls) }
        if let context { SSL_CTX_free(context) }
        (tls, context) = (nil, nil)
    }
}
