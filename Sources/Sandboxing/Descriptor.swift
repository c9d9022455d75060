import CSandbox
import Glibc
import Synchronization

/// An open descriptor, closed when nobody refers to it any more, or before.
package final class Descriptor: Sendable {
    private let storage: Atomic<Int32>

    package init(_ number: Int32) { storage = Atomic(number) }

    deinit { close() }

    /// -1 once it is closed.
    package var number: Int32 { storage.load(ordering: .acquiring) }

    /// Closes it now. Of a pipe this is what the other end waits for.
    package func close() {
        let number = storage.exchange(-1, ordering: .acquiringAndReleasing)
        if number >= 0 { _ = Glibc.close(number) }
    }
}

extension [Descriptor] {
    /// From the last to the first: a program's control socket goes before its pipes, as it does when the program ends (see
    /// `EndOrder`).
    func closeAll() { for descriptor in reversed() { descriptor.close() } }
}

extension Descriptor {
    /// A new pipe.
    package static func pipe() throws(SandboxError) -> (reading: Descriptor, writing: Descriptor) {
        var ends: [Int32] = [-1, -1]
        guard assay_pipe(&ends) else { throw .setupFailed(step: "pipe", errno: errno) }
        return (Descriptor(ends[0]), Descriptor(ends[1]))
    }

    /// Two connected sockets that keep messages apart.
    package static func socketPair() throws(SandboxError) -> (Descriptor, Descriptor) {
        var ends: [Int32] = [-1, -1]
        guard assay_socket_pair(&ends) else { throw .setupFailed(step: "socket pair", errno: errno) }
        return (Descriptor(ends[0]), Descriptor(ends[1]))
    }
}
