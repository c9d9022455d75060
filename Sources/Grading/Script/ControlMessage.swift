import Core
import Foundation
import Sandboxing

/// What a grader asks of the service over its control socket: one run of the student's side. A message of JSON with
/// descriptors: the socket for the answer, then those of `connect` in its order, then the files.
struct ControlRequest: Sendable, Decodable {
    /// Repeated in the answer, so that a grader may have several runs under way.
    var id: Int
    /// Arguments behind the student's program.
    var arguments: [String]?
    /// In place of the student's program; the only way where the student's side is files.
    var command: [String]?
    var environment: [String: String]?
    /// Which of `stdin`, `stdout` and `stderr` come as descriptors.
    var connect: [Stream]?
    /// Whether a descriptor with files for the student's work directory follows.
    var files: Bool?
    /// Whether the files of the work directory are wanted afterwards.
    var collect: Bool?
    /// Seconds.
    var cpu: Double?
    var wall: Double?
    /// Bytes.
    var memory: Int?
    /// Shares the grader's network, where it has one.
    var network: Bool?

    enum Stream: String, Sendable, Decodable { case stdin, stdout, stderr }

    private enum CodingKeys: String, CodingKey {
        case id, connect, files, collect, cpu, wall, memory, network
        case arguments = "args"
        case command, environment
    }

    /// Bytes of a request.
    static let maximumSize = 64 << 10

    /// Beside the socket for the answer.
    var descriptorCount: Int { (connect?.count ?? 0) + (files == true ? 1 : 0) }

    /// Whether it is the student's program as its language starts it.
    var isPlain: Bool { command?.isEmpty != false && environment?.isEmpty != false && connect?.isEmpty != false }

    /// The student's limits with what was asked for, never more than the task gives.
    func limits(within task: Limits) -> Limits {
        var limits = task
        func shorter(_ limit: Duration, _ seconds: Double?) -> Duration {
            guard let seconds, seconds > 0, seconds < 1e9 else { return limit }
            return max(min(limit, .seconds(seconds)), Limits.floor.cpuTime)
        }
        limits.cpuTime = shorter(limits.cpuTime, cpu)
        limits.wallTime = shorter(limits.wallTime, wall)
        if let memory, memory > 0 { limits.memory = max(min(limits.memory, memory), Limits.floor.memory) }
        return limits
    }
}

/// The answer to a `ControlRequest`. What was captured comes in memory files: standard output, standard error, files.
struct ControlAnswer: Sendable, Encodable {
    var id: Int
    /// Why there was no run; then nothing else is set.
    var error: String?
    var ending: String?
    /// Exit code or signal.
    var code: Int32?
    var cpu: Double?
    var wall: Double?
    var memory: Int?
    var stdoutTruncated: Bool?
    var stderrTruncated: Bool?
    /// What the descriptors are, in order.
    var descriptors: [String] = []

    private enum CodingKeys: String, CodingKey {
        case id, error, ending, code, cpu, wall, memory, descriptors
        case stdoutTruncated = "stdout_truncated"
        case stderrTruncated = "stderr_truncated"
    }

    init(id: Int, error: String) {
        self.id = id
        self.error = error
    }

    init(id: Int, _ outcome: Outcome) {
        self.id = id
        switch outcome.ending {
        case .exited(let code): (ending, self.code) = ("exited", code)
        case .signalled(let signal): (ending, code) = ("signalled", signal)
        case .overCPUTime: ending = "over-cpu-time"
        case .overWallTime: ending = "over-wall-time"
        case .overMemory: ending = "over-memory"
        case .overOutput: ending = "over-output"
        case .cancelled: ending = "cancelled"
        }
        cpu = outcome.cpuTime.inSeconds
        wall = outcome.wallTime.inSeconds
        memory = outcome.peakMemory
        stdoutTruncated = outcome.stdout.isTruncated
        stderrTruncated = outcome.stderr.isTruncated
    }
}
