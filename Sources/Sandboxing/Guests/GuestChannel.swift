import CSandbox
import Dispatch
import Glibc
import Synchronization

/// The byte stream to the guest in one sandbox. One request is under way at a time; only KILL may come in between.
///
/// The guest is our program, but it shares its sandbox with somebody else's, so what it sends is bounded: it can end
/// its own sandbox, never fill the service's memory.
final class GuestChannel: Sendable {
    struct Answer: Sendable {
        var reply: LauncherReply
        var stdout: [UInt8]
        var stderr: [UInt8]
    }

    /// Why nothing more will come, and what came before.
    struct Loss: Error {
        var reason: String
        var stdout: [UInt8] = []
        var stderr: [UInt8] = []
    }

    private struct State {
        var waiter: CheckedContinuation<Result<Answer, Loss>, Never>?
        var tag: UInt64 = 0
        var outputs: [[UInt8]] = [[], []]
        var outputLimit = 0
        var replyLimit = 0
        var loss: String?
        var nextTag: UInt64 = 1
    }

    private let socket: Descriptor
    /// Writes wait here when the guest is slow to read.
    private let writer = DispatchQueue(label: "assay.guest.writer")
    private let state = Mutex(State())

    init(_ socket: Descriptor) {
        self.socket = socket
        startThread { [self] in readMessages() }
    }

    func makeTag() -> UInt64 {
        state.withLock { state in
            state.nextTag += 1
            return state.nextTag
        }
    }

    /// Sends a request and waits for its answer. Output beyond `outputLimit` bytes a stream, or a reply longer than
    /// `replyLimit` bytes, ends the channel.
    func request(
        _ message: GuestMessage, outputLimit: Int = 0, replyLimit: Int = 4096
    ) async throws(Loss) -> Answer {
        let result = await withCheckedContinuation { (waiter: CheckedContinuation<Result<Answer, Loss>, Never>) in
            let loss: String? = state.withLock { state in
                if let loss = state.loss { return loss }
                precondition(state.waiter == nil, "two requests to one guest at the same time")
                state.waiter = waiter
                state.tag = message.tag
                state.outputs = [[], []]
                state.outputLimit = outputLimit
                state.replyLimit = replyLimit
                return nil
            }
            if let loss { return waiter.resume(returning: .failure(Loss(reason: loss))) }
            send(message)
        }
        return try result.get()
    }

    func send(_ message: GuestMessage) {
        writer.async { [self] in
            if !message.write(to: socket) { close() }
            message.handOver()
        }
    }

    /// Ends the channel; the guest ends its sandbox when it notices.
    func close() { shutdown(socket.number, Int32(SHUT_RDWR)) }

    // MARK: reading

    private func readMessages() {
        var reason = "the sandbox's first process ended"
        let headerSize = MemoryLayout<assay_header>.size
        while let head = read(headerSize) {
            let header = head.withUnsafeBytes { $0.loadUnaligned(as: assay_header.self) }
            let size = Int(header.size) - headerSize
            guard size >= 0, accepts(header, size) else {
                reason = "the sandbox sent more than it may"
                break
            }
            guard let body = read(size) else { break }
            if header.kind == UInt32(ASSAY_OUTPUT) {
                state.withLock { $0.outputs[Int(header.slot)] += body }
            } else if let reply = LauncherReply(bytes: head + body, descriptors: []) {
                finish { .success(Answer(reply: reply, stdout: $0, stderr: $1)) }
            }
        }
        close()
        state.withLock { $0.loss = reason }
        finish { .failure(Loss(reason: reason, stdout: $0, stderr: $1)) }
    }

    private func accepts(_ header: assay_header, _ size: Int) -> Bool {
        state.withLock { state in
            guard state.waiter != nil, header.tag == state.tag else { return false }
            guard header.kind == UInt32(ASSAY_OUTPUT) else { return size <= state.replyLimit }
            return header.slot < 2 && size <= state.outputLimit - state.outputs[Int(header.slot)].count
        }
    }

    private func finish(_ result: ([UInt8], [UInt8]) -> Result<Answer, Loss>) {
        let (waiter, outputs) = state.withLock { state in
            defer { (state.waiter, state.outputs) = (nil, [[], []]) }
            return (state.waiter, state.outputs)
        }
        waiter?.resume(returning: result(outputs[0], outputs[1]))
    }

    /// Exactly `count` bytes; `nil` at the end of the stream.
    private func read(_ count: Int) -> [UInt8]? {
        var isWhole = true
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let received = recv(socket.number, buffer.baseAddress! + filled, count - filled, 0)
                if received < 0, errno == EINTR { continue }
                guard received > 0 else {
                    isWhole = false
                    return
                }
                filled += received
            }
        }
        return isWhole ? bytes : nil
    }
}

/// A message to a guest: a fixed part and what follows it.
struct GuestMessage: Sendable {
    let tag: UInt64
    private let head: [UInt8]
    private let payload: Payload
    /// The receiver's alone from then on.
    private let descriptors: [Descriptor]

    /// Bytes that may follow the fixed part: the header counts them in 32 bits.
    static let payloadLimit = Int(UInt32.max) - Int(ASSAY_MESSAGE_MAX)

    /// Follows `message` with `payload`. `descriptors` go along, if the channel carries any.
    init(
        _ message: LauncherMessage, payload: Payload = .bytes([]), descriptors: [Descriptor] = []
    ) throws(SandboxError) {
        guard payload.size <= Self.payloadLimit else { throw .tooLarge(limit: Self.payloadLimit) }
        var head = message.bytes
        let size = UInt32(head.count + payload.size)
        withUnsafeBytes(of: size) { bytes in
            let offset = MemoryLayout<assay_header>.offset(of: \.size)!
            head.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
        (self.head, self.payload, tag) = (head, payload, message.tag)
        self.descriptors = descriptors
    }

    /// False if nobody reads any more.
    fileprivate func write(to socket: Descriptor) -> Bool {
        var head = head[...]
        if !descriptors.isEmpty {
            let numbers = descriptors.map(\.number)
            let sent = head.withUnsafeBytes { bytes in
                assay_send_part(socket.number, bytes.baseAddress, bytes.count, numbers, UInt32(numbers.count))
            }
            guard sent > 0 else { return false }
            head = head.dropFirst(sent)
        }
        return Self.write(head, to: socket) && payload.parts { Self.write($0, to: socket) }
    }

    fileprivate func handOver() { descriptors.closeAll() }

    private static func write(_ bytes: ArraySlice<UInt8>, to socket: Descriptor) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let sent = Glibc.send(
                    socket.number, buffer.baseAddress! + offset, buffer.count - offset, Int32(MSG_NOSIGNAL))
                if sent < 0, errno == EINTR { continue }
                guard sent > 0 else { return false }
                offset += sent
            }
            return true
        }
    }
}
