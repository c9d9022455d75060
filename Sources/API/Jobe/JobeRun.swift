import Core

/// The body of `POST runs`: a run specification. Fields that are not known are ignored, as Jobe does.
struct JobeRun: Sendable {
    let languageID: String
    let source: String
    let fileName: String?
    let input: String
    let files: [(id: String, name: String)]
    let parameters: JobeParameters

    /// What a source holds that asks for the answer of a server that has too much to do. Its clients look with it
    /// whether they handle that.
    static let overloadProbe = "!** TESTING OVERLOAD EXCEPTION **!"

    init(_ body: [UInt8]) throws(JobeRefusal) {
        let document: JSONValue
        do { document = try JSON.decode(JSONValue.self, from: body) } catch {
            throw JobeRefusal(.badRequest, "the request is not valid JSON")
        }
        guard let specification = document["run_spec"], case .object = specification else {
            throw JobeRefusal(.badRequest, "run_spec is missing or not an object")
        }
        func required(_ name: String) throws(JobeRefusal) -> String {
            switch specification[name] {
            case nil, .null: throw JobeRefusal(.badRequest, "run_spec is missing the required attribute '\(name)'")
            case .string(let value): return value
            default: throw JobeRefusal(.badRequest, "the attribute '\(name)' of run_spec must be a string")
            }
        }
        languageID = try required("language_id")
        source = try required("sourcecode")
        fileName = specification["sourcefilename"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        input = specification["input"]?.string ?? ""
        files = try Self.files(specification["file_list"])
        parameters = try JobeParameters(specification["parameters"])
    }

    var isOverloadProbe: Bool {
        source.split(whereSeparator: \.isNewline).contains { $0 == Self.overloadProbe }
    }

    private static func files(_ value: JSONValue?) throws(JobeRefusal) -> [(id: String, name: String)] {
        var files: [(id: String, name: String)] = []
        switch value {
        case nil, .null: break
        case .array(let entries):
            for entry in entries {
                guard let pair = entry.array, pair.count >= 2, let id = pair[0].string, let name = pair[1].string else {
                    throw JobeRefusal(.badRequest, "an entry of file_list must be a pair of an id and a file name")
                }
                files.append((id: id, name: name))
            }
        default: throw JobeRefusal(.badRequest, "file_list must be an array")
        }
        return files
    }
}

/// The field `parameters` of a run specification; what is not given is `nil`.
struct JobeParameters: Sendable, Hashable {
    /// Seconds.
    var cpuTime: Double?
    /// Megabytes.
    var memory: Double?
    var processes: Double?
    /// Megabytes.
    var disk: Double?
    /// Megabytes.
    var stream: Double?
    var compilerOptions: [String]?
    var linkerOptions: [String]?
    var interpreterOptions: [String]?
    var arguments: [String]?
    var mainClass: String?

    init() {}

    init(_ value: JSONValue?) throws(JobeRefusal) {
        let fields: [String: JSONValue]
        switch value {
        // An empty array is how PHP writes an empty object.
        case nil, .null, .array([]): return
        // Some clients send the text of the object.
        case .string(let text):
            guard let parsed = try? JSON.decode(JSONValue.self, from: Array(text.utf8)),
                case .object(let inner) = parsed
            else { throw JobeRefusal(.badRequest, "parameters must be an object") }
            fields = inner
        case .object(let inner): fields = inner
        default: throw JobeRefusal(.badRequest, "parameters must be an object")
        }
        func number(_ name: String) throws(JobeRefusal) -> Double? {
            guard let value = fields[name], value != .null else { return nil }
            guard let number = value.numberValue, number.isFinite else {
                throw JobeRefusal(.badRequest, "the parameter '\(name)' must be a number")
            }
            return number
        }
        // Each element may hold several words, quoted as for a shell.
        func words(_ name: String) throws(JobeRefusal) -> [String]? {
            switch fields[name] {
            case nil, .null: return nil
            case .string(let line): return ShellWords.split(line)
            case .array(let elements):
                var words: [String] = []
                for element in elements {
                    guard let line = element.string ?? element.numberValue.map({ "\(JSONValue.number($0).plain)" })
                    else {
                        throw JobeRefusal(.badRequest, "the parameter '\(name)' must be an array of strings")
                    }
                    words += ShellWords.split(line)
                }
                return words
            default: throw JobeRefusal(.badRequest, "the parameter '\(name)' must be an array of strings")
            }
        }
        cpuTime = try number("cputime")
        memory = try number("memorylimit")
        processes = try number("numprocs")
        disk = try number("disklimit")
        stream = try number("streamsize")
        compilerOptions = try words("compileargs")
        linkerOptions = try words("linkargs")
        interpreterOptions = try words("interpreterargs")
        arguments = try words("runargs")
        mainClass = fields["main_class"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension JSONValue {
    /// A number as people write it: whole ones without a point.
    fileprivate var plain: String {
        guard let value = numberValue else { return "" }
        return Int(exactly: value).map(String.init) ?? "\(value)"
    }
}
