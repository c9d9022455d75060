import Foundation

/// A submission as a client of Judge0 sends it: checked, with every default filled in. Fields that are not known are
/// ignored, as Judge0 does.
struct Judge0Request: Sendable, Hashable {
    var source: [UInt8]
    var stdin: [UInt8]?
    var expectedOutput: [UInt8]?
    var settings: Judge0Settings
}

/// What of a request only Judge0's clients ask back; kept with the submission.
struct Judge0Settings: Sendable, Hashable, Codable {
    var languageID: Int
    var compilerOptions: String?
    var arguments: String?
    /// Seconds.
    var cpuTime: Double
    /// Seconds.
    var cpuExtraTime: Double
    /// Seconds.
    var wallTime: Double
    /// Kilobytes.
    var memory: Int
    /// Kilobytes.
    var stack: Int
    var processes: Int
    var limitsTimePerProcess: Bool
    var limitsMemoryPerProcess: Bool
    /// Kilobytes.
    var fileSize: Int
    var joinsErrorOutput: Bool
    var enablesNetwork: Bool
    var runs: Int
    var callbackURL: String?
    /// A zip file.
    var additionalFiles: Data?
}

extension Judge0Request {
    /// Reads `fields`; `base64` says whether source, input and expectation are in base 64.
    init(_ value: JSONValue, base64: Bool, bounds: Judge0Bounds) throws(Judge0Errors) {
        var reader = Judge0FieldReader(fields: value, base64: base64)
        let language = reader.language()
        settings = Judge0Settings(
            languageID: language?.id ?? 0,
            compilerOptions: reader.line("compiler_options", most: bounds.lineLength),
            arguments: reader.line("command_line_arguments", most: bounds.lineLength),
            cpuTime: reader.number("cpu_time_limit", bounds.cpuTime),
            cpuExtraTime: reader.number("cpu_extra_time", bounds.cpuExtraTime),
            wallTime: reader.number("wall_time_limit", bounds.wallTime),
            memory: Int(reader.number("memory_limit", bounds.memory)),
            stack: Int(reader.number("stack_limit", bounds.stack)),
            processes: Int(reader.number("max_processes_and_or_threads", bounds.processes)),
            limitsTimePerProcess: reader.flag("enable_per_process_and_thread_time_limit"),
            limitsMemoryPerProcess: reader.flag("enable_per_process_and_thread_memory_limit"),
            fileSize: Int(reader.number("max_file_size", bounds.fileSize)),
            joinsErrorOutput: reader.flag("redirect_stderr_to_stdout"),
            enablesNetwork: reader.flag("enable_network"),
            runs: Int(reader.number("number_of_runs", bounds.runs)), callbackURL: reader.callbackURL(),
            additionalFiles: reader.archive())
        source = reader.bytes("source_code") ?? []
        stdin = reader.bytes("stdin")
        expectedOutput = reader.bytes("expected_output")
        if settings.enablesNetwork { reader.errors.add("enable_network", "enabling network is not allowed") }
        if language?.isMultiFile == true {
            if !source.isEmpty { reader.errors.add("source_code", "must be blank") }
            if settings.additionalFiles == nil { reader.errors.add("additional_files", "can't be blank") }
        } else if source.isEmpty, reader.errors.messages["source_code"] == nil {
            reader.errors.add("source_code", "can't be blank")
        }
        guard reader.errors.isEmpty else { throw reader.errors }
    }
}

/// Takes fields out of a request and remembers what was wrong with them.
private struct Judge0FieldReader {
    let fields: JSONValue
    let base64: Bool
    var errors = Judge0Errors()

    private func value(_ name: String) -> JSONValue? {
        let value = fields[name]
        return value == .null ? nil : value
    }

    mutating func language() -> Judge0Language? {
        guard let value = value("language_id"), value != "" else {
            errors.add("language_id", "can't be blank")
            return nil
        }
        guard let number = value.numberValue, let id = Int(exactly: number) else {
            errors.add("language_id", "is not a number")
            return nil
        }
        guard let language = Judge0Language.named(id) else {
            errors.add("language_id", "language with id \(id) doesn't exist")
            return nil
        }
        return language
    }

    mutating func number(_ name: String, _ bounds: Judge0Bounds.Number) -> Double {
        guard let value = value(name) else { return bounds.fallback }
        guard let number = value.numberValue, number.isFinite else {
            errors.add(name, "is not a number")
            return bounds.fallback
        }
        func text(_ value: Double) -> String { bounds.isWhole ? "\(Int(value))" : "\(value)" }
        if bounds.isWhole, number.rounded() != number {
            errors.add(name, "must be an integer")
        } else if number < bounds.least {
            errors.add(name, "must be greater than or equal to \(text(bounds.least))")
        } else if number > bounds.most {
            errors.add(name, "must be less than or equal to \(text(bounds.most))")
        } else {
            return number
        }
        return bounds.fallback
    }

    func flag(_ name: String) -> Bool {
        switch value(name) {
        case .bool(let value): value
        case .integer(let value): value != 0
        case .string(let text): ["true", "1", "t", "on"].contains(text.lowercased())
        default: false
        }
    }

    mutating func line(_ name: String, most: Int) -> String? {
        guard let value = value(name), value != "" else { return nil }
        guard let text = value.string else {
            errors.add(name, "is invalid")
            return nil
        }
        if text.count > most { errors.add(name, "is too long (maximum is \(most) characters)") }
        if text.utf8.contains(0) { errors.add(name, "is invalid") }
        return text
    }

    mutating func bytes(_ name: String) -> [UInt8]? {
        guard let value = value(name) else { return nil }
        // A number where a text belongs is that number's text, as for Judge0.
        let text: String
        switch value {
        case .string(let string): text = string
        case .integer(let number): text = "\(number)"
        case .number(let number): text = "\(number)"
        case .bool(let flag): text = "\(flag)"
        default:
            errors.add(name, "is invalid")
            return nil
        }
        guard base64 else { return Array(text.utf8) }
        guard let data = Data(base64Encoded: text.filter { !$0.isWhitespace }) else {
            errors.add(name, "is not valid base64")
            return nil
        }
        return Array(data)
    }

    /// Always in base 64, whatever the query says.
    mutating func archive() -> Data? {
        guard let value = value("additional_files"), value != "" else { return nil }
        guard let text = value.string, let data = Data(base64Encoded: text.filter { !$0.isWhitespace }) else {
            errors.add("additional_files", "is not valid base64")
            return nil
        }
        return data.isEmpty ? nil : data
    }

    mutating func callbackURL() -> String? {
        guard let value = value("callback_url"), value != "" else { return nil }
        guard let text = value.string, text.utf8.count <= 2048, OutboundRequest.Target(text) != nil
        else {
            errors.add("callback_url", "is not a valid URL")
            return nil
        }
        return text
    }
}
