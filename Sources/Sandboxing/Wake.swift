import CLinux
import Glibc

/// Wakes a thread that polls it.
struct Wake: Sendable {
    private let event: Descriptor

    init() throws(SandboxError) {
        let number = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard number >= 0 else { throw .setupFailed(step: "eventfd", errno: errno) }
        event = Descriptor(number)
    }

    /// What the thread polls: readable once it is to wake.
    var polled: pollfd { pollfd(fd: event.number, events: Int16(POLLIN), revents: 0) }

    func ring() {
        var one: UInt64 = 1
        _ = write(event.number, &one, 8)
    }

    /// Makes it silent again. Does not wait.
    func clear() {
        var count: UInt64 = 0
        _ = read(event.number, &count, 8)
    }
}
