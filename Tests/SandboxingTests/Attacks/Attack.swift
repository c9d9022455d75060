import Core
import Sandboxing
import Testing

/// A program that tries to do harm, and what must come of it.
struct Attack: Sendable, CustomTestStringConvertible {
    enum Program: Sendable {
        case shell(String)
        case python(String)
        /// C, compiled in a sandbox of its own.
        case c(String)
    }

    let name: String
    let program: Program
    var limits = Attack.limits()
    /// How it may end.
    var endings: [Ending] = [.exited(0)]
    /// All that it may print, `nil` for anything.
    var output: String?

    var testDescription: String { name }

    /// Limits that a harmful program reaches soon.
    static func limits(_ change: (inout Limits) -> Void = { _ in }) -> Limits {
        var limits = Limits(
            cpuTime: .milliseconds(300), wallTime: .seconds(3), memory: 64 << 20, processes: 24, workSize: 16 << 20,
            workFiles: 500, output: 100_000)
        change(&limits)
        return limits
    }

    static let all = processes + memory + output + files + reading + kernel
}
