import Glibc

/// Programs of the host that a service left running.
enum HostProcess {
    /// How long the kernel may take to end what was killed.
    private static let patience = Duration.seconds(5)

    /// Kills whatever runs one of `programs` and was told `place` on its command line, and waits until it is gone. A
    /// service that was killed may have been in the middle of starting it, and then nothing else names it yet.
    static func end(at place: SandboxPlace, running programs: [String?]) async {
        let end = ContinuousClock.now + patience
        while true {
            let found = find(place, programs)
            for pid in found { kill(pid, SIGKILL) }
            if found.isEmpty || ContinuousClock.now > end { return }
            // Outlives a cancelled caller: what is left would run for ever.
            await Task.detached { try? await Task.sleep(for: .milliseconds(5)) }.value
        }
    }

    private static func find(_ place: SandboxPlace, _ programs: [String?]) -> [pid_t] {
        let names = Set(programs.compactMap { $0?.split(separator: "/").last })
        return HostFile.entries("/proc").compactMap { pid_t($0) }.filter { pid in
            guard pid > 1, let program = HostFile.linkTarget("/proc/\(pid)/exe")?.split(separator: "/").last else {
                return false
            }
            return names.contains(program)
                && HostFile.text("/proc/\(pid)/cmdline").split(separator: "\0").contains {
                    $0.hasSuffix(place.path) || $0.contains(place.path + "/")
                }
        }
    }
}
