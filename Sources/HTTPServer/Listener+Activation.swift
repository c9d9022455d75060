import Glibc

extension Listener {
    /// The first descriptor that a service manager passes (sd_listen_fds(3)).
    static let firstActivated: Int32 = 3

    /// Takes over the sockets that the service manager opened before it started this process.
    static func adopt(_ name: String?, first: Int32 = firstActivated) throws(ServerError) -> [Listener] {
        // The variables may be inherited from a parent that they were meant for.
        guard variable("LISTEN_PID") == String(getpid()), let count = Int32(variable("LISTEN_FDS") ?? ""),
            (1...64).contains(count)
        else { throw .notActivated(name: name) }
        let names = (variable("LISTEN_FDNAMES") ?? "").split(separator: ":", omittingEmptySubsequences: false)
        var listeners: [Listener] = []
        for index in 0..<count {
            let own = Int(index) < names.count ? names[Int(index)] : ""
            if let name, name != own { continue }
            let descriptor = first + index
            // Whatever else lies there is not the service manager's.
            guard isListening(descriptor) else { throw .notActivated(name: name) }
            guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0,
                fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0
            else { throw .systemCallFailed("fcntl", errno: errno) }
            listeners.append(
                Listener(descriptor: descriptor, address: boundAddress(of: descriptor), isOwn: false))
        }
        guard !listeners.isEmpty else { throw .notActivated(name: name) }
        return listeners
    }

    private static func isListening(_ descriptor: Int32) -> Bool {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) == 0 && value != 0
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

extension ListenAddress {
    /// Where the sockets lie that the service manager passed, all of them or those of that name.
    package static func activatedAddresses(named name: String?) throws(ServerError) -> [BoundAddress] {
        try Listener.adopt(name).map(\.address)
    }
}
