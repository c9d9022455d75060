import Core

/// The answer to `POST runs`.
struct JobeResult: Sendable, Hashable, Encodable {
    var runID: String?
    var outcome: JobeOutcome
    var compilerOutput = ""
    var stdout = ""
    var stderr = ""

    private enum CodingKeys: String, CodingKey {
        case outcome, stdout, stderr
        case runID = "run_id"
        case compilerOutput = "cmpinfo"
    }

    static let overload = JobeResult(outcome: .overload)

    init(
        runID: String? = nil, outcome: JobeOutcome, compilerOutput: String = "", stdout: String = "",
        stderr: String = ""
    ) {
        self.runID = runID
        self.outcome = outcome
        self.compilerOutput = compilerOutput
        self.stdout = stdout
        self.stderr = stderr
    }

    /// Every field is there, `run_id` as null if need be.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(runID, forKey: .runID)
        try container.encode(outcome.rawValue, forKey: .outcome)
        try container.encode(compilerOutput, forKey: .compilerOutput)
        try container.encode(stdout, forKey: .stdout)
        try container.encode(stderr, forKey: .stderr)
    }
}

/// Jobe's outcomes.
enum JobeOutcome: Int, Sendable, Hashable {
    case compileError = 11
    case runtimeError = 12
    case timeLimit = 13
    case ok = 15
    case memoryLimit = 17
    case illegalSystemCall = 19
    case internalError = 20
    case overload = 21
}

extension JobeResult {
    /// What `report` comes to by Jobe's rules: a compiler that said anything on its error output refused the program,
    /// and a program that said anything on its own failed; its exit status alone says nothing.
    init(_ report: Report, runID: String?) {
        self.init(runID: runID, outcome: .internalError)
        if let compilation = report.compilation, let text = Self.complaint(of: compilation, report) {
            outcome = .compileError
            compilerOutput = text
            return
        }
        guard report.verdict != .internalError, let run = report.tests.first?.outcome else {
            stderr = report.message ?? "the run could not be graded"
            return
        }
        stdout = Self.printable(run.stdout.bytes)
        stderr = Self.printable(run.stderr.bytes)
        switch run.ending {
        case .exited: outcome = run.stderr.bytes.isEmpty ? .ok : .runtimeError
        case .signalled(let signal):
            outcome = signal == Self.badSystemCall ? .illegalSystemCall : .runtimeError
            if !stderr.isEmpty, !stderr.hasSuffix("\n") { stderr += "\n" }
            stderr += "Killed by signal \(signal) (\(signalName(signal)))\n"
        case .overCPUTime, .overWallTime, .overOutput: outcome = .timeLimit
        case .overMemory: outcome = .memoryLimit
        case .cancelled:
            outcome = .internalError
            stderr = "the run was cancelled"
        }
    }

    /// SIGSYS.
    private static let badSystemCall: Int32 = 31

    /// `nil` when the compiler was content.
    private static func complaint(of compilation: Compilation, _ report: Report) -> String? {
        let output = compilation.outcome
        if compilation.succeeded { return output.stderr.bytes.isEmpty ? nil : printable(output.stderr.bytes) }
        let text = printable(output.stdout.bytes + output.stderr.bytes)
        if let message = report.message { return text.isEmpty ? message : text + "\n" + message }
        return text.isEmpty ? "the compiler failed without a word" : text
    }

    /// UTF-8 as it is; every byte that is none, and every control character that does not space text, as `\xNN`.
    static func printable(_ bytes: [UInt8]) -> String {
        var result = ""
        result.reserveCapacity(bytes.count)
        var decoder = UTF8()
        func escape(_ byte: UInt8) -> String { "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16) }
        var position = 0
        while position < bytes.count {
            // One scalar at a time, so that it is known which bytes are none.
            decoder = UTF8()
            var rest = bytes[position...].prefix(4).makeIterator()
            if case .scalarValue(let scalar) = decoder.decode(&rest) {
                if scalar.value < 0x20 && !["\n", "\r", "\t"].contains(scalar) || scalar.value == 0x7f {
                    result += escape(UInt8(scalar.value))
                } else {
                    result.unicodeScalars.append(scalar)
                }
                position += UTF8.width(scalar)
            } else {
                result += escape(bytes[position])
                position += 1
            }
        }
        return result
    }
}
