/// A limit that a host may be unable to enforce, and that an operator may then let programs run without.
package enum UnenforcedLimit: String, Sendable, Hashable, Codable, CaseIterable {
    case memory, processes
    case cpuTime = "cpu-time"

    /// As a sentence names it.
    package var words: String {
        switch self {
        case .memory: "memory limits"
        case .processes: "process limits"
        case .cpuTime: "CPU time limits"
        }
    }
}
