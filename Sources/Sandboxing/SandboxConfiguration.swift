package import Core

/// What a sandbox is made for. Its limits are the most that any of its runs may ask for.
package struct SandboxConfiguration: Sendable, Hashable {
    package var limits: Limits
    package var network: NetworkMode
    /// CPUs by number that it is pinned to; empty leaves the choice to the backend.
    package var cpuSet: [Int]
    package var image: SandboxImage
    /// How it gets its root; `nil` leaves the choice to the backend.
    package var storage: StorageStrategy?
    /// What its first run will most likely be. A backend may hold a sandbox ready for that.
    package var warm: WarmStart?

    package init(
        limits: Limits, network: NetworkMode = .none, cpuSet: [Int] = [], image: SandboxImage = .host,
        storage: StorageStrategy? = nil, warm: WarmStart? = nil
    ) {
        self.limits = limits
        self.network = network
        self.cpuSet = cpuSet
        self.image = image
        self.storage = storage
        self.warm = warm
    }
}

/// A program to run in a sandbox. No shell is involved.
package struct Command: Sendable {
    /// The program and its arguments; a program without a slash is looked for in `PATH`.
    package var arguments: [String]
    /// The whole environment: nothing is inherited.
    package var environment: [String: String]
    package var stdin: [UInt8]
    /// Descriptors that it gets in place of captured bytes.
    package var connections: Connections
    package var limits: Limits

    package init(
        arguments: [String], environment: [String: String] = Command.defaultEnvironment, stdin: [UInt8] = [],
        connections: Connections = Connections(), limits: Limits
    ) {
        self.arguments = arguments
        self.environment = environment
        self.stdin = stdin
        self.connections = connections
        self.limits = limits
    }

    /// What every program finds in its environment.
    package static let defaultEnvironment = [
        "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/work", "LANG": "C.UTF-8", "TMPDIR": "/tmp",
    ]

    /// The same, with what a language adds to it or changes.
    package static func environment(of language: Language) -> [String: String] {
        defaultEnvironment.merging(language.environment) { $1 }
    }
}

/// Descriptors of the service's for one run. `Sandbox.run` takes them over: they are closed here as soon as the program
/// has them, so that it alone keeps its end of a pipe open. Programs cannot open them again by name (`/dev/stdin`).
package struct Connections: Sendable {
    /// A file or the reading end of a pipe, in place of `Command.stdin`.
    package var stdin: Descriptor?
    /// The writing end of a pipe. What goes through it is neither captured nor counted as output.
    package var stdout: Descriptor?
    package var stderr: Descriptor?
    /// A Unix socket to the service, as descriptor `Connections.control`: what a grader asks for things by.
    package var control: Descriptor?

    package init(
        stdin: Descriptor? = nil, stdout: Descriptor? = nil, stderr: Descriptor? = nil, control: Descriptor? = nil
    ) {
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.control = control
    }

    package var isEmpty: Bool { stdin == nil && stdout == nil && stderr == nil && control == nil }

    /// The number that `control` has in the program.
    package static let control: Int32 = 3
}

extension Command {
    /// The same program with its standard error where its standard output is. A shell connects the two and becomes the
    /// program; it sees the arguments as arguments, never as text to interpret, and works alike on every backend.
    package var joiningErrorOutput: Command {
        var command = self
        command.arguments = ["/bin/sh", "-c", "exec \"$@\" 2>&1", "sh"] + arguments
        return command
    }
}
