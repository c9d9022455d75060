import CLinux
import Synchronization

/// What is known about a connection's descriptor, and who waits for it to change.
struct Readiness: ~Copyable, Sendable {
    /// Why a wait is over.
    enum Wake: Sendable {
        case ready
        case timedOut
        /// The client is gone, or the server gave the connection up.
        case aborted
        /// The server drains and the connection had nothing to do.
        case drained
    }

    typealias Waiter = UnsafeContinuation<Wake, Never>

    struct State {
        var isReadable = true
        var isWritable = true
        /// The client sends nothing more. That is told once, perhaps together with its last bytes, so from then on every
        /// read may go ahead: it finds bytes or the end.
        var hasEnded = false
        var isAborted = false
        var isDraining = false
        /// Waits for a next request, which a draining server does not want.
        var isIdle = false
        var reader: Waiter?
        var readDeadline = Instant.never
        var writers: [Waiter] = []
        var writeDeadline = Instant.never
        var onAbort: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// Takes epoll's word for it.
    func note(_ events: UInt32) {
        let hasHungUp = events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
        // A hang-up is read as such: the call that follows fails or ends.
        let canRead = hasHungUp || events & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue) != 0
        let canWrite = hasHungUp || events & EPOLLOUT.rawValue != 0
        if hasHungUp {
            abort()
            return
        }
        let (reader, writers) = state.withLock { state -> (Waiter?, [Waiter]) in
            if canWrite { state.isWritable = true }
            if events & EPOLLRDHUP.rawValue != 0 { state.hasEnded = true }
            let reader = canRead ? state.takeReader() : nil
            // A reader takes the readiness with it.
            if canRead { state.isReadable = reader == nil || state.hasEnded }
            return (reader, canWrite ? state.takeWriters() : [])
        }
        reader?.resume(returning: .ready)
        for writer in writers { writer.resume(returning: .ready) }
    }

    /// A read may have left something: the next one need not wait.
    func remainReadable() { state.withLock { $0.isReadable = true } }
    /// A write found no room: the next one has to wait.
    func exhaustWriting() { state.withLock { $0.isWritable = false } }

    /// Ends every wait, now and from now on; `onAbort` is called once.
    func abort() {
        let (reader, writers, onAbort) = state.withLock { state in
            state.isAborted = true
            defer { state.onAbort = nil }
            return (state.takeReader(), state.takeWriters(), state.onAbort)
        }
        reader?.resume(returning: .aborted)
        for writer in writers { writer.resume(returning: .aborted) }
        onAbort?()
    }

    /// Calls `body` when the connection is aborted; at once if it was.
    func onAbort(_ body: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            if !state.isAborted { state.onAbort = body }
            return state.isAborted
        }
        if isLate { body() }
    }

    /// Lets the connection end where it would wait for another request.
    func drain() {
        let reader = state.withLock { state in
            state.isDraining = true
            return state.isIdle ? state.takeReader() : nil
        }
        reader?.resume(returning: .drained)
    }

    var isDraining: Bool { state.withLock { $0.isDraining } }
    var isAborted: Bool { state.withLock { $0.isAborted } }

    /// Waits until there may be something to read. `isIdle` says that nothing of a request came yet.
    func readable(by deadline: Instant, isIdle: Bool, on loop: EventLoop) async -> Wake {
        if let wake = state.withLock({ $0.readWake(isIdle: isIdle) }) { return wake }
        return await withUnsafeContinuation { waiter in
            let (wake, other) = state.withLock { state -> (Wake?, Waiter?) in
                if let wake = state.readWake(isIdle: isIdle) { return (wake, nil) }
                // One reads at a time; who was left over from a request that is over must not wait for ever.
                let other = state.takeReader()
                state.reader = waiter
                state.readDeadline = deadline
                state.isIdle = isIdle
                return (nil, other)
            }
            other?.resume(returning: .aborted)
            if let wake { waiter.resume(returning: wake) } else { loop.arm(deadline) }
        }
    }

    /// Waits until there may be room to write.
    func writable(by deadline: Instant, on loop: EventLoop) async -> Wake {
        await withUnsafeContinuation { waiter in
            let wake = state.withLock { state in
                if let wake = state.writeWake { return wake as Wake? }
                state.writers.append(waiter)
                state.writeDeadline = deadline
                return nil
            }
            if let wake { waiter.resume(returning: wake) } else { loop.arm(deadline) }
        }
    }

    /// Ends the waits whose deadline is not after `now`. Returns the earliest deadline of those that remain.
    func expire(_ now: Instant) -> Instant {
        let (reader, writers, next) = state.withLock { state in
            let reader = state.readDeadline <= now ? state.takeReader() : nil
            let writers = state.writeDeadline <= now ? state.takeWriters() : []
            return (reader, writers, min(state.readDeadline, state.writeDeadline))
        }
        reader?.resume(returning: .timedOut)
        for writer in writers { writer.resume(returning: .timedOut) }
        return next
    }
}

extension Readiness.State {
    mutating func takeReader() -> Readiness.Waiter? {
        defer { reader = nil }
        readDeadline = .never
        return reader
    }

    mutating func takeWriters() -> [Readiness.Waiter] {
        defer { writers = [] }
        writeDeadline = .never
        return writers
    }

    /// Readiness is used up by the read that it allows, before that read: what arrives meanwhile is told anew, and is
    /// not lost if the read finds nothing more.
    mutating func readWake(isIdle: Bool) -> Readiness.Wake? {
        if isAborted { return .aborted }
        if isReadable {
            isReadable = hasEnded
            return .ready
        }
        return isIdle && isDraining ? .drained : nil
    }

    var writeWake: Readiness.Wake? {
        if isAborted { return .aborted }
        return isWritable ? .ready : nil
    }
}
