package import Core

/// What a sandbox is made for. Its limits are the most that any of its runs may ask for.
package struct SandboxConfiguration: Sendable, Hashable {
    package var limits: Limits
    package var network: NetworkMode
    /// CPUs by number that it is pinned to; empty leaves the choice to the backend.
    package var cpuSet: [Int]

    package init(limits: Limits, network: NetworkMode = .none, cpuSet: [Int] = []) {
        self.limits = limits
        self.network = network
        self.cpuSet = cpuSet
    }
}

/// A program to run in a sandbox. No shell is involved.
package struct Command: Sendable {
    /// The program and its arguments; a program without a slash is looked for in `PATH`.
    package var arguments: [String]
    /// The whole environment: nothing is inherited.
    package var environment: [String: String]
    package var stdin: [UInt8]
    package var limits: Limits

    package init(
        arguments: [String], environment: [String: String] = Command.defaultEnvironment, stdin: [UInt8] = [],
        limits: Limits
    ) {
        self.arguments = arguments
        self.environment = environment
        self.stdin = stdin
        self.limits = limits
    }

    /// What every program finds in its environment.
    package static let defaultEnvironment = [
        "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/work", "LANG": "C.UTF-8", "TMPDIR": "/tmp",
    ]
}
