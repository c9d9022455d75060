/// Limits as somebody asks for them: only what is named differs from the default.
package struct LimitsRequest: Sendable, Hashable, Codable {
    package var cpuTime: Duration?
    package var wallTime: Duration?
    package var memory: Int?
    package var addressSpace: Int?
    package var stack: Int?
    package var processes: Int?
    package var openFiles: Int?
    package var fileSize: Int?
    package var workSize: Int?
    package var workFiles: Int?
    package var output: Int?
    package var cpus: Int?

    package init() {}

    package var isEmpty: Bool { self == LimitsRequest() }

    /// `base` with everything that this asks for. Wall time follows CPU time when only CPU time is named, so that a
    /// longer computation is not ended by the shorter default clock.
    package func applied(to base: Limits) -> Limits {
        var limits = base
        if let cpuTime {
            limits.cpuTime = cpuTime
            limits.wallTime = max(base.wallTime, cpuTime * Self.wallTimeFactor)
        }
        if let wallTime { limits.wallTime = wallTime }
        if let memory { limits.memory = memory }
        if let addressSpace { limits.addressSpace = addressSpace }
        if let stack { limits.stack = stack }
        if let processes { limits.processes = processes }
        if let openFiles { limits.openFiles = openFiles }
        if let fileSize { limits.fileSize = fileSize }
        if let workSize { limits.workSize = workSize }
        if let workFiles { limits.workFiles = workFiles }
        if let output { limits.output = output }
        if let cpus { limits.cpus = cpus }
        return limits
    }

    /// This, with what `other` names taking precedence.
    package func overridden(by other: LimitsRequest) -> LimitsRequest {
        var result = self
        result.cpuTime = other.cpuTime ?? cpuTime
        result.wallTime = other.wallTime ?? wallTime
        result.memory = other.memory ?? memory
        result.addressSpace = other.addressSpace ?? addressSpace
        result.stack = other.stack ?? stack
        result.processes = other.processes ?? processes
        result.openFiles = other.openFiles ?? openFiles
        result.fileSize = other.fileSize ?? fileSize
        result.workSize = other.workSize ?? workSize
        result.workFiles = other.workFiles ?? workFiles
        result.output = other.output ?? output
        result.cpus = other.cpus ?? cpus
        return result
    }

    /// Wall time allowed per CPU time when only CPU time is named.
    package static let wallTimeFactor = 3
}
