import CLinux
import Glibc

/// Tells which of two programs that talk to each other ended first, however late anybody sees it.
///
/// Each holds one of two connected sockets. The kernel closes it with the program, before the program's pipes, because the
/// descriptor with the highest number is closed first; whoever passes them on closes them in that order, too. So a program
/// that ends because the other has left the conversation ends later here. A set of events (epoll) keeps their order. Times
/// would not tell: they are taken by whoever waits for a program, and the next one may have ended until that gets a CPU.
package struct EndOrder: Sendable {
    /// What the first and the second program hold as `Connections.control`. Nothing is ever read from it.
    package let held: (first: Descriptor, second: Descriptor)
    private let watched: (first: Descriptor, second: Descriptor)
    private let events: Descriptor

    package init() throws(SandboxError) {
        let (first, second) = (try Descriptor.socketPair(), try Descriptor.socketPair())
        (held, watched) = ((first.0, second.0), (first.1, second.1))
        events = Descriptor(epoll_create1(Int32(EPOLL_CLOEXEC)))
        for socket in [watched.first, watched.second] {
            // What a program writes is refused, not kept.
            var event = epoll_event(events: EPOLLHUP.rawValue, data: epoll_data_t(fd: socket.number))
            guard shutdown(socket.number, Int32(SHUT_RD)) == 0,
                epoll_ctl(events.number, EPOLL_CTL_ADD, socket.number, &event) == 0
            else { throw .setupFailed(step: "watch the ends of two programs", errno: errno) }
        }
    }

    /// Whether the second program was the first to end. To be asked once, after both.
    package var isReversed: Bool {
        var ended = [epoll_event](repeating: epoll_event(), count: 2)
        let count = epoll_wait(events.number, &ended, 2, 0)
        return count > 0 && ended[0].data.fd == watched.second.number
    }
}
