import Core
import Foundation

/// A field of a submission that a client can choose.
enum Judge0Field: String, Sendable, Hashable, CaseIterable {
    case token, time, memory, stdout, stderr, message, status, language
    case compilerOutput = "compile_output"
    case statusID = "status_id"
    case languageID = "language_id"
    case source = "source_code"
    case stdin
    case expectedOutput = "expected_output"
    case compilerOptions = "compiler_options"
    case arguments = "command_line_arguments"
    case cpuTime = "cpu_time_limit"
    case cpuExtraTime = "cpu_extra_time"
    case wallTimeLimit = "wall_time_limit"
    case memoryLimit = "memory_limit"
    case stack = "stack_limit"
    case processes = "max_processes_and_or_threads"
    case timePerProcess = "enable_per_process_and_thread_time_limit"
    case memoryPerProcess = "enable_per_process_and_thread_memory_limit"
    case fileSize = "max_file_size"
    case joinsErrorOutput = "redirect_stderr_to_stdout"
    case network = "enable_network"
    case runs = "number_of_runs"
    case additionalFiles = "additional_files"
    case callbackURL = "callback_url"
    case exitCode = "exit_code"
    case exitSignal = "exit_signal"
    case wallTime = "wall_time"
    case createdAt = "created_at"
    case finishedAt = "finished_at"

    /// What is shown when nothing is chosen.
    static let usual: [Judge0Field] = [
        .stdout, .time, .memory, .stderr, .token, .compilerOutput, .message, .status,
    ]

    /// What `*` stands for: `status_id` says nothing that `status` does not, and is left out.
    static let every: [Judge0Field] = allCases.filter { $0 != .statusID }

    /// Reads the parameter `fields`: names with commas between them, or `*`.
    static func chosen(_ text: String?) throws(Judge0Refusal) -> [Judge0Field] {
        guard let text, !text.isEmpty else { return usual }
        let names = text.split(separator: ",").map { $0.filter { $0 != " " } }
        if names.contains("*") { return every }
        let unknown = names.filter { Judge0Field(rawValue: $0) == nil }
        guard unknown.isEmpty else {
            throw Judge0Refusal(.badRequest, "invalid fields: [\(unknown.joined(separator: ", "))]")
        }
        return names.compactMap(Judge0Field.init(rawValue:))
    }
}

/// A submission as Judge0 shows it.
struct Judge0Submission: Sendable {
    let submission: Submission
    let settings: Judge0Settings
    let result: Judge0Result
    let languageTitle: String

    /// `fields` of it. Throws when a text that is not UTF-8 is wanted without base 64.
    func json(_ fields: [Judge0Field], base64: Bool) throws(Judge0Refusal) -> JSONValue {
        var object: [String: JSONValue] = [:]
        for field in fields { object[field.rawValue] = try value(field, base64: base64) }
        return .object(object)
    }

    private func value(_ field: Judge0Field, base64: Bool) throws(Judge0Refusal) -> JSONValue {
        func text(_ bytes: [UInt8]?) throws(Judge0Refusal) -> JSONValue {
            guard let bytes else { return .null }
            if base64 { return .string(Data(bytes).base64EncodedString()) }
            guard let string = String(validating: bytes, as: UTF8.self) else { throw Self.notText }
            return .string(string)
        }
        /// An output that is empty is none.
        func output(_ bytes: [UInt8]) throws(Judge0Refusal) -> JSONValue { try text(bytes.isEmpty ? nil : bytes) }

        switch field {
        case .token: return .string(submission.id.uuid)
        case .time: return seconds(result.time)
        case .memory: return JSONValue(result.memory)
        case .stdout: return try output(result.stdout)
        case .stderr: return try output(result.stderr)
        case .compilerOutput: return try output(result.compilerOutput)
        case .message: return try text(result.message.map { Array($0.utf8) })
        case .status: return result.status.json
        case .statusID: return .integer(result.status.rawValue)
        case .language: return ["id": .integer(settings.languageID), "name": .string(languageTitle)]
        case .languageID: return .integer(settings.languageID)
        case .source: return try text(source)
        case .stdin: return try output(test?.stdin ?? [])
        case .expectedOutput: return try text(test?.expectedOutput)
        case .compilerOptions: return JSONValue(settings.compilerOptions)
        case .arguments: return JSONValue(settings.arguments)
        case .cpuTime: return .string("\(settings.cpuTime)")
        case .cpuExtraTime: return .string("\(settings.cpuExtraTime)")
        case .wallTimeLimit: return .string("\(settings.wallTime)")
        case .memoryLimit: return .integer(settings.memory)
        case .stack: return .integer(settings.stack)
        case .processes: return .integer(settings.processes)
        case .timePerProcess: return .bool(settings.limitsTimePerProcess)
        case .memoryPerProcess: return .bool(settings.limitsMemoryPerProcess)
        case .fileSize: return .integer(settings.fileSize)
        case .joinsErrorOutput: return .bool(settings.joinsErrorOutput)
        case .network: return .bool(settings.enablesNetwork)
        case .runs: return .integer(settings.runs)
        case .additionalFiles: return JSONValue(settings.additionalFiles?.base64EncodedString())
        case .callbackURL: return JSONValue(settings.callbackURL)
        case .exitCode: return JSONValue(result.exitCode)
        case .exitSignal: return JSONValue(result.exitSignal)
        case .wallTime: return seconds(result.wallTime)
        case .createdAt: return .string(timestamp(submission.createdAt))
        case .finishedAt: return JSONValue(finishedAt.map(timestamp))
        }
    }

    private static let notText = Judge0Refusal(
        .badRequest,
        "some attributes for this submission cannot be converted to UTF-8, use base64_encoded=true query parameter")

    private var test: TestCase? {
        guard case .inline(let task) = submission.draft.task, case .testCases(let tests, _, _) = task.judging else {
            return nil
        }
        return tests.first
    }

    private var source: [UInt8]? {
        guard settings.languageID != Judge0Language.multiFile else { return nil }
        return submission.draft.files.first { $0.path == submission.draft.entryFile }?.contents
    }

    private var finishedAt: Date? {
        switch submission.state {
        case .queued, .running: nil
        case .finished(_, _, let date), .cancelled(let date): date
        }
    }

    private func seconds(_ value: Double?) -> JSONValue {
        JSONValue(value.map { String(format: "%.3f", $0) })
    }
}
