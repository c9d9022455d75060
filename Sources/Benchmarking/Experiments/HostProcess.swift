import Glibc

/// A program that runs on the host beside the benchmark, without input or output.
struct HostProcess {
    private let pid: pid_t

    /// `arguments` begins with the full path.
    init(_ arguments: [String]) throws(BenchmarkError) {
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        var pid: pid_t = 0
        let error = posix_spawn(&pid, arguments[0], &actions, nil, &pointers, environ)
        guard error == 0 else { throw .programFailed(arguments.joined(separator: " "), error) }
        self.pid = pid
    }

    /// Waits for its end; its wait status. May be called once.
    @discardableResult
    func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status
    }

    func kill() {
        _ = Glibc.kill(pid, SIGKILL)
        wait()
    }
}
