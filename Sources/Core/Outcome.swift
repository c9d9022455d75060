/// How a program ended. A program that misbehaves is a value, not an error.
package enum Ending: Sendable, Hashable, Codable {
    case exited(Int32)
    case signalled(Int32)
    case overCPUTime
    case overWallTime
    case overMemory
    case overOutput
    case cancelled

    /// Whether a limit ended the program.
    package var isBreach: Bool {
        switch self {
        case .overCPUTime, .overWallTime, .overMemory, .overOutput: true
        case .exited, .signalled, .cancelled: false
        }
    }
}

/// Bytes that a program wrote, up to its limit.
package struct CapturedOutput: Sendable, Hashable, Codable {
    package var bytes: [UInt8]
    /// Whether the program wrote more than was kept.
    package var isTruncated: Bool

    package init(bytes: [UInt8] = [], isTruncated: Bool = false) {
        self.bytes = bytes
        self.isTruncated = isTruncated
    }
}

/// What one run of a command came to.
package struct Outcome: Sendable, Hashable, Codable {
    package var ending: Ending
    /// CPU time of all its processes, from the cgroup, the sandbox's own share subtracted.
    package var cpuTime: Duration
    /// From launch to end, on the monotonic clock.
    package var wallTime: Duration
    /// The most memory in use at one time by all its processes, in bytes.
    package var peakMemory: Int
    package var stdout: CapturedOutput
    package var stderr: CapturedOutput
    package var stages: StageTimings
    /// `nil` for a run without egress.
    package var traffic: NetworkTraffic?

    package init(
        ending: Ending, cpuTime: Duration = .zero, wallTime: Duration = .zero, peakMemory: Int = 0,
        stdout: CapturedOutput = CapturedOutput(), stderr: CapturedOutput = CapturedOutput(),
        stages: StageTimings = StageTimings(), traffic: NetworkTraffic? = nil
    ) {
        self.ending = ending
        self.cpuTime = cpuTime
        self.wallTime = wallTime
        self.peakMemory = peakMemory
        self.stdout = stdout
        self.stderr = stderr
        self.stages = stages
        self.traffic = traffic
    }
}

/// The life cycle of a sandbox, each stage timed: the thesis' five, so that backends compare.
package struct StageTimings: Sendable, Hashable, Codable {
    /// Making the sandbox, or taking one that was kept ready.
    package var create: Duration
    /// From the request to run until the program's first instruction.
    package var launch: Duration
    /// The program itself.
    package var execute: Duration
    /// Ending what the program left running.
    package var stop: Duration
    /// Removing the sandbox. Zero in a report that was answered before its sandbox was removed.
    package var clean: Duration

    package init(
        create: Duration = .zero, launch: Duration = .zero, execute: Duration = .zero, stop: Duration = .zero,
        clean: Duration = .zero
    ) {
        self.create = create
        self.launch = launch
        self.execute = execute
        self.stop = stop
        self.clean = clean
    }
}
