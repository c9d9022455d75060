import Core
import Sandboxing

/// The service's end of a grader's control socket. Messages are read by a thread of its own, because a thread of the
/// cooperative pool must not block; the other end is a program that may send anything.
final class ControlSocket: Sendable {
    struct Message: Sendable {
        let bytes: [UInt8]
        let descriptors: [Descriptor]
    }

    /// Requests that may wait to be read.
    static let backlog = 64

    private let channel: MessageChannel

    /// `theirs` is for the grader.
    static func pair() throws(SandboxError) -> (ours: ControlSocket, theirs: Descriptor) {
        let (ours, theirs) = try Descriptor.socketPair()
        return (ControlSocket(MessageChannel(ours)), theirs)
    }

    private init(_ channel: MessageChannel) { self.channel = channel }

    /// What comes, until the grader has closed its end or `close` is called.
    func messages() -> AsyncStream<Message> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Message.self, bufferingPolicy: .bufferingOldest(Self.backlog))
        channel.readOnThread(upTo: ControlRequest.maximumSize) { bytes, descriptors in
            continuation.yield(Message(bytes: bytes, descriptors: descriptors))
        } end: {
            continuation.finish()
        }
        return stream
    }

    func close() { channel.shutdown() }
}
