import Core
import JSONDecoding

extension SubmissionRequest {
    /// Bounds of what a request may hold beside its files; openapi.yaml states the same.
    enum Bound {
        /// Files of a submission.
        static let files = 256
        /// Arguments of a program.
        static let arguments = 256
        /// Bytes of one argument.
        static let argumentLength = 4096
        /// Test cases of an inline task.
        static let tests = 1000
        /// Bytes of a test's name.
        static let nameLength = 128
        /// Points of a test.
        static let points = 1_000_000.0
        /// Notes of a front-end.
        static let metadata = 64
        /// Bytes of a note, its name included in the same way.
        static let metadataLength = 4096
        /// Destinations of an allow-list.
        static let allow = 64
        /// Backends that may stand in for another.
        static let fallback = 8
        /// Bytes of a language's, task's or backend's name.
        static let identifierLength = 128
        /// Bytes of a webhook's URL.
        static let webhookLength = 2048
        /// Submissions of a batch.
        static let batch = 100
    }

    /// The draft that this asks for, or everything that is wrong with it.
    func draft(usualPriority: PriorityClass = .interactive) throws(Problem.Errors) -> SubmissionDraft {
        var errors = Problem.Errors()
        checkNames(&errors)
        let sources = sourceFiles(&errors)
        let entryFile = entry.flatMap { path(of: $0, "entry", &errors) }
        let reference = taskReference(&errors)
        guard errors.list.isEmpty else { throw errors }
        return SubmissionDraft(
            language: language, files: sources, entryFile: entryFile, task: reference,
            limits: limits?.request ?? LimitsRequest(), backend: backend.map(BackendName.init(rawValue:)),
            metadata: metadata ?? [:], owner: Owner(course: course, user: user), priority: priority ?? usualPriority,
            backendFallback: backendFallback?.map(BackendName.init(rawValue:)), storage: storage)
    }

    private func checkNames(_ errors: inout Problem.Errors) {
        for (field, value) in [
            ("language", language), ("backend", backend), ("task", task), ("course", course), ("user", user),
        ] {
            guard let value else { continue }
            if value.isEmpty { errors.add(field, "is empty") }
            if value.utf8.count > Bound.identifierLength { errors.add(field, "is too long") }
        }
        if let webhook, webhook.utf8.count > Bound.webhookLength || OutboundRequest.Target(webhook) == nil {
            errors.add("webhook", "expected an http or https URL of at most \(Bound.webhookLength) bytes")
        }
        if let backendFallback {
            if backend == nil { errors.add("backend_fallback", "belongs to a backend") }
            if backendFallback.count > Bound.fallback {
                errors.add("backend_fallback", "at most \(Bound.fallback) are allowed")
            }
            if backendFallback.contains(where: { $0.isEmpty || $0.utf8.count > Bound.identifierLength }) {
                errors.add("backend_fallback", "has a name that is empty or too long")
            }
        }
        if let metadata {
            if metadata.count > Bound.metadata { errors.add("metadata", "at most \(Bound.metadata) notes are kept") }
            for (name, value) in metadata.sorted(by: { $0.key < $1.key })
            where max(name.utf8.count, value.utf8.count) > Bound.metadataLength {
                errors.add("metadata", "\(name.prefix(64)) is longer than \(Bound.metadataLength) bytes")
            }
        }
    }

    private func sourceFiles(_ errors: inout Problem.Errors) -> [SourceFile] {
        if files.isEmpty { errors.add("files", "at least one file is needed") }
        if files.count > Bound.files { errors.add("files", "at most \(Bound.files) files are allowed") }
        return files.sorted { $0.key < $1.key }.compactMap { name, text in
            path(
                of: name, JSONProblem.string([JSONPathPart(stringValue: "files"), JSONPathPart(stringValue: name)]),
                &errors
            )
            .map { SourceFile(path: $0, contents: text.bytes) }
        }
    }

    private func path(of string: String, _ field: String, _ errors: inout Problem.Errors) -> RelativePath? {
        do { return try RelativePath(string) } catch {
            errors.add(field, "the name \(error)")
            return nil
        }
    }

    private func taskReference(_ errors: inout Problem.Errors) -> TaskReference {
        if let task {
            let excluded: [(String, Bool)] = [
                ("tests", tests != nil), ("checker", checker != nil), ("stdin", stdin != nil), ("args", args != nil),
                ("network", network != nil), ("stop_on_first_failure", stopOnFirstFailure != nil),
            ]
            for (field, isGiven) in excluded where isGiven { errors.add(field, "is the task's to say") }
            return .catalog(task)
        }
        check(args, "args", &errors)
        let cases = (tests ?? [TestCaseWire.plainRun]).enumerated().map { index, test in
            testCase(test, number: index + 1, "tests[\(index)]", &errors)
        }
        if cases.isEmpty { errors.add("tests", "at least one test case is needed") }
        if cases.count > Bound.tests { errors.add("tests", "at most \(Bound.tests) test cases are allowed") }
        return .inline(
            GradingTask(
                network: networkMode(&errors),
                judging: .testCases(cases, checkerValue(&errors), stopOnFirstFailure: stopOnFirstFailure ?? false)))
    }

    private func testCase(
        _ test: TestCaseWire, number: Int, _ field: String, _ errors: inout Problem.Errors
    ) -> TestCase {
        check(test.args, "\(field).args", &errors)
        if let name = test.name, name.isEmpty || name.utf8.count > Bound.nameLength {
            errors.add("\(field).name", "must have 1 to \(Bound.nameLength) bytes")
        }
        let points = test.points ?? 1
        if !(0...Bound.points).contains(points) { errors.add("\(field).points", "is outside 0 to \(Bound.points)") }
        return TestCase(
            name: test.name ?? (tests == nil ? "run" : "\(number)"), stdin: test.stdin?.bytes ?? stdin?.bytes ?? [],
            arguments: test.args ?? args ?? [], expectedOutput: test.expectedStdout?.bytes, points: points)
    }

    private func check(_ arguments: [String]?, _ field: String, _ errors: inout Problem.Errors) {
        guard let arguments else { return }
        if arguments.count > Bound.arguments { errors.add(field, "at most \(Bound.arguments) arguments are allowed") }
        for (index, argument) in arguments.enumerated() {
            if argument.utf8.count > Bound.argumentLength {
                errors.add("\(field)[\(index)]", "is longer than \(Bound.argumentLength) bytes")
            }
            if argument.utf8.contains(0) { errors.add("\(field)[\(index)]", "contains a NUL byte") }
        }
    }

    private func checkerValue(_ errors: inout Problem.Errors) -> Checker {
        guard let checker else { return .trimmed }
        for (field, tolerance) in [("absolute", checker.absolute), ("relative", checker.relative)] {
            guard let tolerance else { continue }
            if checker.kind != .numbers { errors.add("checker.\(field)", "belongs to the kind numbers only") }
            if !(0...Double.greatestFiniteMagnitude).contains(tolerance) {
                errors.add("checker.\(field)", "must not be negative")
            }
        }
        switch checker.kind {
        case .exact: return .exact
        case .trimmed: return .trimmed
        case .tokens: return .tokens
        case .numbers: return .numbers(absolute: checker.absolute ?? 0, relative: checker.relative ?? 0)
        }
    }

    private func networkMode(_ errors: inout Problem.Errors) -> NetworkMode {
        guard let network else { return .none }
        if network.mode != .egress {
            if network.allow != nil { errors.add("network.allow", "belongs to the mode egress only") }
            if network.dns != nil { errors.add("network.dns", "belongs to the mode egress only") }
            if network.bytesPerSecond != nil {
                errors.add("network.bytes_per_second", "belongs to the mode egress only")
            }
        }
        switch network.mode {
        case .none: return .none
        case .loopback: return .loopback
        case .egress:
            let allow = network.allow ?? []
            if allow.count > Bound.allow { errors.add("network.allow", "at most \(Bound.allow) are allowed") }
            if let rate = network.bytesPerSecond, rate < 1 {
                errors.add("network.bytes_per_second", "must be positive")
            }
            return .egress(
                EgressRules(allow: allow, dns: network.dns ?? false, bytesPerSecond: network.bytesPerSecond))
        }
    }
}

extension TestCaseWire {
    /// One run that passes when the program ends well.
    static let plainRun = TestCaseWire()

    private init() {}
}

extension Problem {
    /// Mistakes, collected so that all are told at once.
    struct Errors: Error, Sendable {
        private(set) var list: [FieldError] = []
        /// More would not help anybody.
        static let most = 20

        mutating func add(_ field: String, _ detail: String) {
            guard list.count < Self.most else { return }
            list.append(FieldError(field: field, detail: detail))
        }
    }
}
