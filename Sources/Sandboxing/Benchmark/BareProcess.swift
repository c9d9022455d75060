import CSandbox
import Glibc

/// A program of the host run by vfork and exec, without a sandbox: what every sandbox is measured against.
enum BareProcess {
    /// What `count` runs took. `arguments` begins with the full path.
    static func durations(_ arguments: [String], count: Int) throws(SandboxError) -> [Duration] {
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), nil]
        defer { for pointer in pointers + environment { free(pointer) } }
        var durations: [Duration] = []
        for _ in 0..<count {
            let taken = assay_time_process(arguments[0], &pointers, &environment)
            guard taken >= 0 else { throw .setupFailed(step: "run \(arguments[0])", errno: errno) }
            durations.append(.nanoseconds(taken))
        }
        return durations
    }
}
