import Core

/// Reads how a task is judged: `tests`, `groups` or `grader`, and what goes with them.
struct NativeJudgingReader {
    let directory: TaskDirectory
    private var tests: NativeTestReader

    init(directory: TaskDirectory) {
        self.directory = directory
        tests = NativeTestReader(directory: directory)
    }

    /// Most groups of a task.
    static let maximumGroups = 200
    /// Most passes of a multi-pass task.
    static let maximumPasses = 100

    mutating func judging(_ fields: inout YAMLFields) throws(TaskFormatError) -> Judging {
        if let value = fields.take("grader") { return .script(try grader(value)) }
        let checker = try checker(fields.take("checker"))
        let stops = try fields.take("stop_on_first_failure")?.flag() ?? false
        let conduct = try conduct(&fields)
        guard let value = fields.take("groups") else {
            let tests = try tests.tests(fields.require("tests"))
            if case .program = checker {
            } else if conduct == .batch {
                return .testCases(tests, checker, stopOnFirstFailure: stops)
            }
            let group = TestGroup(name: "tests", tests: tests, stopOnFailure: stops)
            return .plan(TestPlan(groups: [group], checker: checker, conduct: conduct))
        }
        var groups: [TestGroup] = []
        for item in try value.items() {
            let group = try group(item, after: groups)
            groups.append(group)
        }
        guard (1...Self.maximumGroups).contains(groups.count) else {
            throw value.error("needs from 1 to \(Self.maximumGroups) groups")
        }
        guard groups.reduce(0, { $0 + $1.tests.count }) <= NativeTestReader.maximumTests else {
            throw value.error("holds more than \(NativeTestReader.maximumTests) tests")
        }
        let scoring: GroupScoring = try fields.take("scoring").map(Self.choice) ?? .sum
        return .plan(
            TestPlan(groups: groups, checker: checker, conduct: conduct, scoring: scoring, stopOnFailure: stops))
    }

    /// Everything else that a task may say.
    func details(_ fields: inout YAMLFields, into task: inout GradingTask) throws(TaskFormatError) {
        if let value = fields.take("language_limits") {
            var factors: [String: LimitFactors] = [:]
            var languages = try value.fields()
            for (language, value) in languages.takeRest() { factors[language] = try Self.factors(value) }
            task.languageLimits = factors
        }
        if let value = fields.take("files") { task.files = try files(value) }
        if let value = fields.take("hidden_feedback") { task.hiddenFeedback = try Self.choice(value) as HiddenFeedback }
        if let value = fields.take("statement") {
            let path = try value.relativePath()
            let bytes = try directory.contents(of: path, limit: YAMLDocument.maximumSize)
            guard let text = String(validating: bytes, as: UTF8.self) else { throw value.error("\(path) is not UTF-8") }
            task.statement = text
        }
    }

    /// What can be wrong only when all is known.
    func check(_ task: GradingTask, _ top: YAMLValue) throws(TaskFormatError) {
        guard case .plan(let plan) = task.judging else {
            if case .testCases(let tests, let checker, _) = task.judging {
                for test in tests { try checkPattern(of: test, checker, top) }
            }
            return
        }
        if plan.conduct != .batch {
            guard case .program = plan.checker else {
                throw top.error("interactive and passes need a checker that is a program")
            }
        }
        for test in plan.tests { try checkPattern(of: test, test.checker ?? plan.checker, top) }
    }

    private func checkPattern(of test: TestCase, _ checker: Checker, _ top: YAMLValue) throws(TaskFormatError) {
        guard case .pattern = checker, let expected = test.expectedOutput else { return }
        var text = String(decoding: expected, as: UTF8.self)
        while text.last?.isWhitespace == true { text.removeLast() }
        do { _ = try Pattern(text) } catch {
            throw top.error("the expected output of test \(test.name) is no regular expression: it \(error)")
        }
    }

    // MARK: parts

    private func conduct(_ fields: inout YAMLFields) throws(TaskFormatError) -> Conduct {
        let isInteractive = try fields.take("interactive")?.flag() ?? false
        guard let value = fields.take("passes") else { return isInteractive ? .interactive : .batch }
        let passes = try value.integer()
        guard (2...Self.maximumPasses).contains(passes) else {
            throw value.error("must be from 2 to \(Self.maximumPasses)")
        }
        return .multiPass(passes: passes, isInteractive: isInteractive)
    }

    private func checker(_ value: YAMLValue?) throws(TaskFormatError) -> Checker {
        guard let value else { return .trimmed }
        guard value.isMapping else { return try Checker(value) }
        var fields = try value.fields()
        guard let program = fields.take("program") else { return try Checker(value) }
        let files = try files(program)
        let language = try fields.take("language")?.text() ?? ProgramFinder.language(of: files)
        guard let language else { throw program.error("is in no language that is known here: name it by language") }
        let checker = CheckerProgram(
            language: language, files: files, entryFile: try fields.take("entry")?.relativePath(),
            arguments: try fields.take("args")?.texts() ?? [],
            limits: try fields.take("limits").map(LimitsRequest.init) ?? LimitsRequest())
        try fields.finish()
        return .program(checker)
    }

    /// A file, or all files of a directory, with paths relative to it.
    private func files(_ value: YAMLValue) throws(TaskFormatError) -> [SourceFile] {
        let path = try value.relativePath()
        let tree = try directory.files()
        if let file = tree[path.string], let name = try? RelativePath(path.name) {
            return [SourceFile(path: name, contents: file.contents, isExecutable: file.isExecutable)]
        }
        let files = tree.below(path.string).sorted
        guard !files.isEmpty else { throw value.error("there is no file and no directory \(path)") }
        return files
    }

    private mutating func group(
        _ value: YAMLValue, after others: [TestGroup]
    ) throws(TaskFormatError) -> TestGroup {
        var fields = try value.fields()
        let name = try fields.require("name").text()
        guard !name.isEmpty, !others.contains(where: { $0.name == name }) else {
            throw value.error("needs a name that no other group has")
        }
        var group = TestGroup(name: name, tests: try tests.tests(fields.require("tests")))
        group.scoring = try fields.take("scoring").map(Self.choice) ?? .sum
        if let points = fields.take("points") {
            let number = try points.number()
            guard (0...NativeTestReader.maximumPoints).contains(number) else {
                throw points.error("must be from 0 to \(Int(NativeTestReader.maximumPoints))")
            }
            group.points = number
            // The tests share what the group is worth, as they would by themselves.
            let own = group.scoring.combined(group.tests.map(\.points))
            for index in group.tests.indices {
                group.tests[index].points *= own > 0 ? number / own : 0
            }
        }
        for required in try fields.take("requires")?.items() ?? [] {
            let name = try required.text()
            guard others.contains(where: { $0.name == name }) else {
                throw required.error("\(name) is no group before this one")
            }
            group.requires.append(name)
        }
        group.visibility = try fields.take("visibility").map(Self.choice) ?? .hidden
        group.stopOnFailure = try fields.take("stop_on_failure")?.flag() ?? (group.scoring == .allOrNothing)
        group.isCounted = try fields.take("counts")?.flag() ?? true
        if let value = fields.take("checker") {
            let checker = try checker(value)
            for index in group.tests.indices { group.tests[index].checker = checker }
        }
        try fields.finish()
        return group
    }

    private func grader(_ value: YAMLValue) throws(TaskFormatError) -> GradingScript {
        var fields = try value.fields()
        let path = try fields.require("files")
        var script = GradingScript(
            files: try files(path), command: try fields.require("command").texts(), student: .program)
        guard !script.command.isEmpty else { throw value.error("the command is empty") }
        script.files += GraderSupport.files
        script.environment = GraderSupport.environment
        script.limits = try fields.take("limits").map(LimitsRequest.init) ?? LimitsRequest()
        if let student = fields.take("student") {
            switch try student.text() {
            case "program": script.student = .program
            case "files": script.student = .files
            default: throw student.error("expected program or files")
            }
        }
        script.submissionDirectory = try fields.take("submission")?.relativePath()
        if script.student == .files, script.submissionDirectory == nil {
            throw value.error("a grader of files needs submission: the directory where it finds them")
        }
        if let points = fields.take("points") { script.points = try points.number() }
        if let runs = fields.take("runs") {
            script.runs = try runs.integer()
            guard (0...GradingScript.maximumRuns).contains(script.runs) else {
                throw runs.error("must be from 0 to \(GradingScript.maximumRuns)")
            }
        }
        try fields.finish()
        return script
    }

    private static func factors(_ value: YAMLValue) throws(TaskFormatError) -> LimitFactors {
        var fields = try value.fields()
        func factor(_ name: String) throws(TaskFormatError) -> Double {
            guard let field = fields.take(name) else { return 1 }
            let number = try field.number()
            guard number > 0, number <= 100 else { throw field.error("must be greater than 0 and at most 100") }
            return number
        }
        let factors = LimitFactors(time: try factor("time"), memory: try factor("memory"))
        try fields.finish()
        return factors
    }

    private static func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ value: YAMLValue
    ) throws(TaskFormatError) -> Value {
        guard let choice = Value(rawValue: try value.text()) else {
            throw value.error("expected one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }
}
