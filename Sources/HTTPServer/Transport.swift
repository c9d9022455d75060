import CLinux
import Glibc

/// What a non-blocking read or write came to.
enum TransferResult: Sendable, Hashable {
    /// This many bytes went; for a read, `mayHaveMore` says that the kernel was not emptied for certain.
    case bytes(Int, mayHaveMore: Bool)
    case wouldBlock
    /// The client will send nothing more.
    case ended
    case failed
}

/// The bytes' way to the client and back, over a non-blocking socket, plain or through TLS.
struct Transport: Sendable {
    let descriptor: Int32
    var tls: TLSSession?

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> TransferResult {
        if let tls { return tls.receive(into: buffer) }
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 { return .bytes(count, mayHaveMore: count == buffer.count) }
            if count == 0 { return .ended }
            if errno == EAGAIN { return .wouldBlock }
            if errno != EINTR { return .failed }
        }
    }

    /// `hasMore` says that more is sent at once after this, so that the kernel may wait to fill a packet.
    func send(_ bytes: UnsafeRawBufferPointer, hasMore: Bool) -> TransferResult {
        if let tls { return tls.send(bytes) }
        let flags = Int32(MSG_NOSIGNAL) | (hasMore ? Int32(MSG_MORE) : 0)
        while true {
            let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, flags)
            if count >= 0 { return .bytes(count, mayHaveMore: false) }
            if errno == EAGAIN { return .wouldBlock }
            if errno != EINTR { return .failed }
        }
    }

    /// Tells the client that nothing more is sent.
    func finishSending() {
        tls?.finishSending()
        shutdown(descriptor, Int32(SHUT_WR))
    }
}
