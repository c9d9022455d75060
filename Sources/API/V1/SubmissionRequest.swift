import Core

/// The body of `POST /v1/submissions`.
struct SubmissionRequest: Sendable, Decodable {
    var language: String
    var files: [String: Text]
    var entry: String?
    var stdin: Text?
    var args: [String]?
    var limits: LimitsWire?
    var network: NetworkWire?
    var backend: String?
    var backendFallback: [String]?
    var storage: StorageStrategy?
    var task: String?
    var tests: [TestCaseWire]?
    var checker: CheckerWire?
    var stopOnFirstFailure: Bool?
    var metadata: [String: String]?
    var course: String?
    var user: String?
    var priority: PriorityClass?
    /// To be told when it ends.
    var webhook: String?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case language, files, entry, stdin, args, limits, network, backend, task, tests, checker, metadata, course,
            user, priority, webhook, storage
        case backendFallback = "backend_fallback"
        case stopOnFirstFailure = "stop_on_first_failure"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        language = try container.decode(String.self, forKey: .language)
        files = try container.decode([String: Text].self, forKey: .files)
        entry = try container.optional(.entry)
        stdin = try container.optional(.stdin)
        args = try container.optional(.args)
        limits = try container.optional(.limits)
        network = try container.optional(.network)
        backend = try container.optional(.backend)
        backendFallback = try container.optional(.backendFallback)
        storage = container.contains(.storage) ? try container.choice(.storage) : nil
        task = try container.optional(.task)
        tests = try container.optional(.tests)
        checker = try container.optional(.checker)
        stopOnFirstFailure = try container.optional(.stopOnFirstFailure)
        metadata = try container.optional(.metadata)
        course = try container.optional(.course)
        user = try container.optional(.user)
        webhook = try container.optional(.webhook)
        priority = container.contains(.priority) ? try container.choice(.priority) : nil
    }
}

struct TestCaseWire: Sendable, Decodable {
    var name: String?
    var stdin: Text?
    var args: [String]?
    var expectedStdout: Text?
    var points: Double?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name, stdin, args, points
        case expectedStdout = "expected_stdout"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        name = try container.optional(.name)
        stdin = try container.optional(.stdin)
        args = try container.optional(.args)
        expectedStdout = try container.optional(.expectedStdout)
        points = try container.optional(.points)
    }
}

struct CheckerWire: Sendable, Decodable {
    enum Kind: String, Sendable, Decodable, CaseIterable {
        case exact, trimmed, tokens, numbers
    }

    var kind: Kind
    var absolute: Double?
    var relative: Double?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case kind, absolute, relative
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        kind = try container.choice(.kind)
        absolute = try container.optional(.absolute)
        relative = try container.optional(.relative)
    }
}

struct NetworkWire: Sendable, Decodable {
    enum Mode: String, Sendable, Decodable, CaseIterable {
        case none, loopback, egress
    }

    var mode: Mode
    var allow: [String]?
    var dns: Bool?
    var bytesPerSecond: Int?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case mode, allow, dns
        case bytesPerSecond = "bytes_per_second"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        mode = try container.choice(.mode)
        allow = try container.optional(.allow)
        dns = try container.optional(.dns)
        bytesPerSecond = try container.optional(.bytesPerSecond)
    }
}

extension KeyedDecodingContainer {
    /// One of a few words; the error lists them.
    func choice<Value: RawRepresentable<String> & CaseIterable>(_ key: Key) throws -> Value {
        guard let value = Value(rawValue: try decode(String.self, forKey: key)) else {
            let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorruptedError(
                forKey: key, in: self, debugDescription: "expected one of \(words)")
        }
        return value
    }
}
