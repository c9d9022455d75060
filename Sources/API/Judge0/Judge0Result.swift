import Core
import Foundation

/// Judge0's statuses.
enum Judge0Status: Int, Sendable, Hashable, CaseIterable {
    case inQueue = 1
    case processing, accepted, wrongAnswer, timeLimitExceeded, compilationError
    case segmentationFault, fileSizeExceeded, floatingPointError, aborted, nonZeroExit, otherRuntimeError
    case internalError, execFormatError

    var description: String {
        switch self {
        case .inQueue: "In Queue"
        case .processing: "Processing"
        case .accepted: "Accepted"
        case .wrongAnswer: "Wrong Answer"
        case .timeLimitExceeded: "Time Limit Exceeded"
        case .compilationError: "Compilation Error"
        case .segmentationFault: "Runtime Error (SIGSEGV)"
        case .fileSizeExceeded: "Runtime Error (SIGXFSZ)"
        case .floatingPointError: "Runtime Error (SIGFPE)"
        case .aborted: "Runtime Error (SIGABRT)"
        case .nonZeroExit: "Runtime Error (NZEC)"
        case .otherRuntimeError: "Runtime Error (Other)"
        case .internalError: "Internal Error"
        case .execFormatError: "Exec Format Error"
        }
    }

    var json: JSONValue { ["id": .integer(rawValue), "description": .string(description)] }

    /// What a signal is called.
    init(signal: Int32) {
        self =
            switch signal {
            case 6: .aborted
            case 8: .floatingPointError
            case 11: .segmentationFault
            case 25: .fileSizeExceeded
            default: .otherRuntimeError
            }
    }
}

/// What a submission came to, in Judge0's terms.
struct Judge0Result: Sendable, Hashable {
    var status: Judge0Status
    var message: String?
    var stdout: [UInt8] = []
    var stderr: [UInt8] = []
    var compilerOutput: [UInt8] = []
    var exitCode: Int?
    var exitSignal: Int?
    /// Seconds.
    var time: Double?
    /// Seconds.
    var wallTime: Double?
    /// Kilobytes.
    var memory: Int?

    init(_ submission: Submission, _ settings: Judge0Settings) {
        switch submission.state {
        case .queued: self.init(status: .inQueue)
        case .running: self.init(status: .processing)
        case .cancelled: self.init(status: .internalError, message: "the submission was cancelled")
        case .finished(let report, _, _): self.init(report, settings)
        }
    }

    private init(status: Judge0Status, message: String? = nil) {
        self.status = status
        self.message = message
    }

    init(_ report: Report, _ settings: Judge0Settings) {
        self.init(status: .internalError, message: report.message)
        if let compilation = report.compilation, compilation.succeeded || report.verdict == .compileError {
            read(compilation, report, settings)
            if !compilation.succeeded { return }
        }
        let runs = report.tests.filter { $0.outcome != nil }
        guard report.verdict != .internalError, let last = runs.last, let outcome = last.outcome else { return }
        let outcomes = runs.compactMap(\.outcome)
        let count = Double(outcomes.count)
        time = outcomes.reduce(0) { $0 + $1.cpuTime.inSeconds } / count
        wallTime = outcomes.reduce(0) { $0 + $1.wallTime.inSeconds } / count
        memory = outcomes.reduce(0) { $0 + $1.peakMemory } / outcomes.count / 1024
        stdout = outcome.stdout.bytes
        stderr = outcome.stderr.bytes
        read(last, outcome, settings)
    }

    /// Where Judge0 has no compiler step, a program that is not even well-formed is one that ends with an error.
    private mutating func read(_ compilation: Compilation, _ report: Report, _ settings: Judge0Settings) {
        let output = compilation.outcome.stdout.bytes + compilation.outcome.stderr.bytes
        guard Judge0Language.named(settings.languageID)?.isCompiled == true else {
            guard !compilation.succeeded else { return }
            status = .nonZeroExit
            message = "Exited with error status 1"
            exitCode = 1
            stderr = output
            time = compilation.outcome.cpuTime.inSeconds
            wallTime = compilation.outcome.wallTime.inSeconds
            memory = compilation.outcome.peakMemory / 1024
            return
        }
        compilerOutput = output
        if !compilation.succeeded { status = .compilationError }
    }

    private mutating func read(_ test: TestResult, _ outcome: Outcome, _ settings: Judge0Settings) {
        if case .exited(let code) = outcome.ending { exitCode = Int(code) }
        if case .signalled(let signal) = outcome.ending { exitSignal = Int(signal) }
        message = nil
        // It may have ended by itself within its extra time.
        if outcome.cpuTime.inSeconds > settings.cpuTime, test.verdict != .memoryLimitExceeded {
            status = .timeLimitExceeded
            message = "Time limit exceeded"
            return
        }
        switch test.verdict {
        case .accepted: status = .accepted
        case .wrongAnswer: status = .wrongAnswer
        case .timeLimitExceeded:
            status = .timeLimitExceeded
            message = test.timeLimit == .wall ? "Time limit exceeded (wall clock)" : "Time limit exceeded"
        case .memoryLimitExceeded:
            status = .otherRuntimeError
            message = "Memory limit exceeded"
        case .outputLimitExceeded:
            status = .fileSizeExceeded
            exitSignal = exitSignal ?? 25
            message = "Output limit exceeded"
        case .runtimeError: readFailure(outcome)
        case .compileError, .skipped, .internalError: status = .internalError
        }
    }

    private mutating func readFailure(_ outcome: Outcome) {
        switch outcome.ending {
        case .exited(let code):
            status = outcome.failedToStart ? .execFormatError : .nonZeroExit
            message = "Exited with error status \(code)"
        case .signalled(let signal):
            status = Judge0Status(signal: signal)
            message = "Caught fatal signal \(signal)"
        default: status = .otherRuntimeError
        }
    }
}
