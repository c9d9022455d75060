import Glibc

/// How many descriptors this process may have open.
enum DescriptorLimit {
    /// What the process needs beside its connections: database, sandboxes, files.
    private static let others = 4096

    /// Raises the soft limit, as far as the hard one lets, to what `connections` need. Shells and service managers set it
    /// to 1024 for the sake of programs that use select(2).
    static func raise(forConnections connections: Int) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        let wanted = min(rlim_t(connections + others), limit.rlim_max)
        guard wanted > limit.rlim_cur else { return }
        limit.rlim_cur = wanted
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
