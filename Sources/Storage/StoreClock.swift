import Synchronization

/// Moves the clock that leases are compared by, so that a test need not wait for them to end.
package final class StoreClock: Sendable {
    private let shift = Mutex(Duration.zero)

    package init() {}

    package func advance(by duration: Duration) { shift.withLock { $0 += duration } }

    func now(of connection: any Connection) throws(StorageError) -> Int64 {
        try connection.now() + Milliseconds.of(shift.withLock { $0 })
    }
}
