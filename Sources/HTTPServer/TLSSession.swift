import CLinux
import COpenSSL
import Glibc
import Synchronization

/// TLS on one connection. OpenSSL reads and writes the socket through a BIO of ours, which never raises SIGPIPE.
final class TLSSession: @unchecked Sendable {
    enum Step: Sendable, Hashable {
        case finished
        case wantsToRead
        case wantsToWrite
        case failed
    }

    // Reading and writing change the same state: `lock` guards `ssl`.
    private let ssl: OpaquePointer
    private let lock = Mutex(())

    init?(_ context: OpaquePointer, descriptor: Int32) {
        guard let ssl = SSL_new(context) else { return nil }
        guard let method = socketMethod, let bio = BIO_new(method) else {
            SSL_free(ssl)
            return nil
        }
        BIO_set_data(bio, UnsafeMutableRawPointer(bitPattern: Int(descriptor) + 1))
        BIO_set_init(bio, 1)
        SSL_set_bio(ssl, bio, bio)
        SSL_set_accept_state(ssl)
        self.ssl = ssl
    }

    deinit { SSL_free(ssl) }

    func handshake() -> Step {
        lock.withLock { _ in
            ERR_clear_error()
            return step(SSL_do_handshake(ssl))
        }
    }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> TransferResult {
        lock.withLock { _ in
            ERR_clear_error()
            var count = 0
            let result = SSL_read_ex(ssl, buffer.baseAddress, buffer.count, &count)
            // What else was in the record or the socket is only known when a read finds nothing.
            if result == 1 { return .bytes(count, mayHaveMore: true) }
            switch SSL_get_error(ssl, result) {
            case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .wouldBlock
            case SSL_ERROR_ZERO_RETURN: return .ended
            default: return .failed
            }
        }
    }

    func send(_ bytes: UnsafeRawBufferPointer) -> TransferResult {
        lock.withLock { _ in
            ERR_clear_error()
            var count = 0
            let result = SSL_write_ex(ssl, bytes.baseAddress, bytes.count, &count)
            if result == 1 { return .bytes(count, mayHaveMore: false) }
            switch SSL_get_error(ssl, result) {
            case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .wouldBlock
            default: return .failed
            }
        }
    }

    /// Says that nothing more is sent, so that the client knows that it got everything.
    func finishSending() {
        lock.withLock { _ in
            ERR_clear_error()
            _ = SSL_shutdown(ssl)
        }
    }

    /// The subject of the client's verified certificate, as RFC 2253 writes it.
    var clientSubject: String? {
        lock.withLock { _ -> String? in
            guard let certificate = SSL_get1_peer_certificate(ssl) else { return nil }
            defer { X509_free(certificate) }
            guard SSL_get_verify_result(ssl) == Int(X509_V_OK), let bio = BIO_new(BIO_s_mem()) else { return nil }
            defer { BIO_free(bio) }
            openssl_print_subject(bio, certificate)
            var bytes: UnsafeMutablePointer<CChar>?
            let count = openssl_memory(bio, &bytes)
            return UnsafeRawBufferPointer(start: bytes, count: count).withMemoryRebound(to: UInt8.self) {
                String(decoding: $0, as: UTF8.self)
            }
        }
    }

    private func step(_ result: Int32) -> Step {
        if result == 1 { return .finished }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return .wantsToRead
        case SSL_ERROR_WANT_WRITE: return .wantsToWrite
        default: return .failed
        }
    }
}

/// How OpenSSL uses our sockets. Made once, never freed: every session refers to it.
nonisolated(unsafe) private let socketMethod: OpaquePointer? = {
    guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket") else { return nil }
    BIO_meth_set_read(method) { bio, buffer, count in
        openssl_clear_retry(bio)
        let got = recv(descriptor(of: bio), buffer, Int(max(0, count)), 0)
        if got < 0, errno == EAGAIN || errno == EINTR { openssl_retry_reading(bio) }
        return Int32(got)
    }
    BIO_meth_set_write(method) { bio, bytes, count in
        openssl_clear_retry(bio)
        let sent = send(descriptor(of: bio), bytes, Int(max(0, count)), Int32(MSG_NOSIGNAL))
        if sent < 0, errno == EAGAIN || errno == EINTR { openssl_retry_writing(bio) }
        return Int32(sent)
    }
    BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
    return method
}()

private func descriptor(of bio: OpaquePointer?) -> Int32 {
    Int32(Int(bitPattern: BIO_get_data(bio)) - 1)
}
