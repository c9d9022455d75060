import Grading
import HTTPServer

/// An error answer as Judge0 gives it.
struct Judge0Refusal: DialectRefusal, Sendable, Equatable {
    let status: Status
    let body: JSONValue
    var headers: Headers = [:]

    /// `{"error": message}`.
    init(_ status: Status, _ message: String) {
        self.status = status
        body = ["error": .string(message)]
    }

    /// What is wrong with which field.
    init(_ errors: Judge0Errors) {
        status = .unprocessableContent
        body = errors.body
    }

    init(_ error: SubmissionError, _ language: Judge0Language?) {
        switch error {
        case .invalid(let problems):
            var errors = Judge0Errors()
            for problem in problems { errors.add(problem.place.judge0Field(language), problem.detail) }
            self.init(errors)
        case .queueFull: self.init(.serviceUnavailable, "queue is full")
        case .keyReused: self.init(.unprocessableContent, "\(error)")
        case .unavailable(let reason, _): self.init(.serviceUnavailable, reason)
        case .notFound: self.init(.notFound, "there is no such submission")
        }
        headers = Refusal.retry(error)
    }

    var response: Response { JSON.response(status, body) }
}

/// Messages by field, in the order in which they were found.
struct Judge0Errors: Error, Sendable, Hashable {
    private(set) var messages: [String: [String]] = [:]

    var isEmpty: Bool { messages.isEmpty }

    mutating func add(_ field: String, _ message: String) { messages[field, default: []].append(message) }

    var body: JSONValue { .object(messages.mapValues { .array($0.map(JSONValue.string)) }) }
}

extension SubmissionProblem.Place {
    fileprivate func judge0Field(_ language: Judge0Language?) -> String {
        switch self {
        case .language: "language_id"
        case .files, .entryFile, .file: language?.isMultiFile == true ? "additional_files" : "source_code"
        case .task, .tests, .backend, .storage: "base"
        case .network: "enable_network"
        case .limit(let name):
            switch name {
            case .cpuTime: "cpu_time_limit"
            case .wallTime: "wall_time_limit"
            case .memory, .addressSpace: "memory_limit"
            case .stack: "stack_limit"
            case .processes, .cpus: "max_processes_and_or_threads"
            case .openFiles, .fileSize, .workSize, .workFiles, .output: "max_file_size"
            }
        }
    }
}
