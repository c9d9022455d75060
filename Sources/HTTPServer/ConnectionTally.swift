import Synchronization

/// How many connections there are, in all and from whom.
final class ConnectionTally: Sendable {
    private struct State {
        var total = 0
        var byGroup: [UInt64: Int] = [:]
        var waiters: [UnsafeContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var total: Int { state.withLock { $0.total } }

    /// Counts a connection from `peer`, unless there are too many.
    func admit(_ peer: PeerAddress, _ configuration: ServerConfiguration) -> Bool {
        state.withLock { state in
            guard state.total < configuration.maximumConnections else { return false }
            if let group = peer.group {
                let count = state.byGroup[group, default: 0]
                // Behind a proxy are many clients.
                let isProxy = configuration.trustedProxies.contains { $0.contains(peer.address) }
                guard isProxy || count < configuration.maximumConnectionsPerAddress else { return false }
                state.byGroup[group] = count + 1
            }
            state.total += 1
            return true
        }
    }

    func release(_ peer: PeerAddress) {
        let waiters = state.withLock { state -> [UnsafeContinuation<Void, Never>] in
            state.total -= 1
            if let group = peer.group, let count = state.byGroup[group] {
                state.byGroup[group] = count > 1 ? count - 1 : nil
            }
            guard state.total == 0 else { return [] }
            defer { state.waiters = [] }
            return state.waiters
        }
        waiters.forEach { $0.resume() }
    }

    /// Returns when no connection is left.
    func empty() async {
        await withUnsafeContinuation { waiter in
            let isEmpty = state.withLock { state in
                if state.total > 0 { state.waiters.append(waiter) }
                return state.total == 0
            }
            if isEmpty { waiter.resume() }
        }
    }
}
