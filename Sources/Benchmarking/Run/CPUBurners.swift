import Foundation

/// Keeps every CPU busy until it is ended.
struct CPUBurners {
    private let processes: [HostProcess]

    init(_ program: ExperimentProgram) throws {
        processes = try (0..<ProcessInfo.processInfo.activeProcessorCount).map { _ in try program.start(["burn"]) }
    }

    func end() { for process in processes { process.kill() } }
}
