/// A teacher's script that installs what a grader needs. It runs once, as the root user of a copy of the programs that
/// sandboxes see; what it changed is kept as a layer over them.
package struct SetUp: Sendable, Hashable, Codable {
    /// Laid out in `/autograder/source`, where it starts.
    package var files: [SourceFile]
    package var command: [String]

    package init(files: [SourceFile], command: [String]) {
        self.files = files
        self.command = command
    }
}

/// What a set-up script may use.
package struct SetUpLimits: Sendable, Hashable {
    package var cpuTime: Duration
    package var wallTime: Duration
    /// Bytes, without what it writes.
    package var memory: Int
    /// Bytes that it may write. They are in memory while it runs.
    package var size: Int
    package var processes: Int
    /// Whether it shares the host's network; else it has none.
    package var hasNetwork: Bool

    package init(
        cpuTime: Duration = .seconds(600), wallTime: Duration = .seconds(1200), memory: Int = 1 << 30,
        size: Int = 1 << 30, processes: Int = 512, hasNetwork: Bool = false
    ) {
        self.cpuTime = cpuTime
        self.wallTime = wallTime
        self.memory = memory
        self.size = size
        self.processes = processes
        self.hasNetwork = hasNetwork
    }
}
