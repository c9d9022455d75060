import Core

/// A problem package of ICPC and Kattis: the legacy format and 2025-09.
struct ContestPackage {
    enum Version { case legacy, current }

    let tree: FileTree
    let name: String
    let version: Version
    let title: String
    let types: Set<String>
    let limits: ContestLimits
    let validatorArguments: [String]
    /// Names of the languages that submissions may be in; `nil` allows every one.
    let languages: [String]?
    /// The package's own output validators; the default one stands where there is none.
    let validators: [CheckerProgram]
    /// Makes one result of those of a group's members.
    let grader: CheckerProgram?
    /// Looks at the submitted files.
    let staticValidator: CheckerProgram?
    var warnings: [String] = []

    static let sample = "sample"
    static let secret = "secret"

    static let knownTypes: Set<String> = ["pass-fail", "scoring", "interactive", "multi-pass", "submit-answer"]

    init(_ tree: FileTree, name: String) throws(TaskFormatError) {
        self.tree = tree
        self.name = name
        let file = name + "/problem.yaml"
        guard let text = tree.text("problem.yaml") else { throw TaskFormatError(file: file, reason: "is not UTF-8") }
        var fields = try YAMLDocument.fields(of: text, file: file)
        version = try Self.version(fields.take("problem_format_version"))
        title = try fields.take("name").map(Self.name) ?? name
        let (types, hasCustom) = try Self.types(&fields)
        self.types = types
        limits = try ContestLimits(fields.take("limits"), version: version, tree: tree, name: name)
        validatorArguments = try fields.take("validator_flags").map(Self.words) ?? []
        languages = try fields.take("languages").flatMap(Self.languages)
        let programs = ContestPrograms(tree: tree, name: name, version: version, limits: limits.validation)
        validators = try programs.outputValidators()
        grader = try programs.single("graders")
        staticValidator = version == .current ? try programs.single("static_validator") : nil
        let hasValidator = !validators.isEmpty
        if hasCustom, !hasValidator {
            throw TaskFormatError(
                file: file, field: "validation", reason: "is custom, but there is no output validator")
        }
        if types.contains("interactive") || types.contains("multi-pass"), !hasValidator {
            throw TaskFormatError(
                file: file, field: "type", reason: "interactive and multi-pass need an output validator")
        }
        if types.contains("interactive"), validators.count > 1 {
            throw TaskFormatError(
                file: file, field: "type", reason: "only one output validator can talk to a submission")
        }
        if types.contains("submit-answer"), staticValidator != nil {
            throw TaskFormatError(
                file: "\(name)/static_validator", reason: "submit-answer has no source for a static validator")
        }
        // Who wrote it, where it comes from, who may use it: nothing of that changes a verdict.
        let notes: Set<String> = [
            "uuid", "author", "credits", "source", "source_url", "license", "rights_owner", "keywords", "version",
            "embargo_until", "allow_file_writing",
        ]
        for (key, value) in fields.takeRest() where !notes.contains(key) {
            if ["grading", "constants"].contains(key), !value.isNull { throw value.error("is not supported here") }
            warnings.append("problem.yaml: \(key) has no effect here")
        }
    }

    /// A list, or words in one text; `all` is every language.
    private static func languages(_ value: YAMLValue) throws(TaskFormatError) -> [String]? {
        let names = try words(value)
        return names.isEmpty || names == ["all"] ? nil : names.map { ContestPrograms.languageCodes[$0] ?? $0 }
    }

    private static func version(_ value: YAMLValue?) throws(TaskFormatError) -> Version {
        guard let value else { return .legacy }
        switch try value.text() {
        case "legacy", "legacy-icpc": return .legacy
        case "2025-09": return .current
        case let other: throw value.error("the version \(other) is not supported: legacy or 2025-09")
        }
    }

    /// A name, or names by language; English where there is a choice.
    private static func name(_ value: YAMLValue) throws(TaskFormatError) -> String {
        guard value.isMapping else { return try value.text() }
        let names = try value.fields()
        var rest = names
        let all = rest.takeRest()
        guard let chosen = all.first(where: { $0.key == "en" }) ?? all.first else { throw value.error("is empty") }
        return try chosen.value.text()
    }

    /// `validation: custom interactive score` in the legacy format, `type:` in both.
    private static func types(_ fields: inout YAMLFields) throws(TaskFormatError) -> (Set<String>, hasCustom: Bool) {
        var types: Set<String> = []
        var hasCustom = false
        if let value = fields.take("type") {
            types = Set(value.isSequence ? try value.texts() : try words(value))
            if let unknown = types.subtracting(knownTypes).sorted().first {
                throw value.error("\(unknown) is no type of problem that is known here")
            }
        }
        if let value = fields.take("validation") {
            let words = try words(value)
            for word in words {
                switch word {
                case "default": break
                case "custom": hasCustom = true
                case "interactive": types.insert("interactive")
                case "multipass", "multi-pass": types.insert("multi-pass")
                case "score": types.insert("scoring")
                default: throw value.error("\(word) is not supported here")
                }
            }
        }
        if types.isSuperset(of: ["submit-answer", "interactive"])
            || types.isSuperset(of: ["submit-answer", "multi-pass"])
            || types.isSuperset(of: ["pass-fail", "scoring"])
        {
            throw TaskFormatError(
                file: fields.value.file, field: "type",
                reason: "\(types.sorted().joined(separator: " and ")) exclude each other")
        }
        return (types, hasCustom)
    }

    static func words(_ value: YAMLValue) throws(TaskFormatError) -> [String] {
        if value.isNull { return [] }
        if value.isSequence { return try value.texts() }
        return try value.text().split(whereSeparator: \.isWhitespace).map(String.init)
    }

    var isScoring: Bool { types.contains("scoring") }

    var conduct: Conduct {
        let isInteractive = types.contains("interactive")
        if types.contains("multi-pass") {
            return .multiPass(passes: limits.validationPasses, isInteractive: isInteractive)
        }
        return isInteractive ? .interactive : .batch
    }

    func error(_ path: String, _ reason: String) -> TaskFormatError {
        TaskFormatError(file: "\(name)/\(path)", reason: reason)
    }

    // MARK: result

    func taskPackage() throws(TaskFormatError) -> TaskPackage {
        var task = GradingTask(
            languages: languages, limits: limits.run, judging: .plan(try plan()), title: title, statement: statement)
        task.hiddenFeedback = .tests
        task.compileLimits = limits.compilation
        task.sourceBytes = limits.code
        var included = ContestPrograms.included(tree)
        task.files = included.removeValue(forKey: "default")
        task.languageFiles = included.isEmpty ? nil : included
        var package = TaskPackage(format: .contest, title: title, task: task)
        package.inputValidators = try ContestPrograms(
            tree: tree, name: name, version: version, limits: limits.validation
        ).inputValidators()
        package.solutions = try solutions()
        package.timeRule = limits.timeLimit == nil ? limits.rule : nil
        package.dataCases = try ContestCounterexamples(package: self).cases()
        package.warnings = warnings
        return package
    }

    private func plan() throws(TaskFormatError) -> TestPlan {
        if version == .current { return try CurrentContestData(package: self).plan() }
        var data = LegacyContestData(package: self)
        return try data.plan()
    }

    private var statement: String? {
        for directory in ["statement", "problem_statement"] {
            for file in ["problem.en.md", "problem.md"] {
                if let text = tree.text("\(directory)/\(file)") { return text }
            }
        }
        return nil
    }

    /// The validators with what a group says to them, or the comparison that stands for them.
    func checker(for settings: ContestGroup) throws(TaskFormatError) -> Checker {
        let arguments = validatorArguments + (settings.validatorArguments ?? [])
        var programs = validators
        if let name = settings.validatorName {
            programs = programs.filter { $0.name == name }
            if programs.isEmpty { throw error("output_validators", "there is no validator named \(name)") }
        }
        guard var program = programs.first else {
            return .words(try ContestFlags(arguments, file: name).comparison)
        }
        program.arguments = arguments
        program.others =
            programs.count == 1
            ? nil
            : programs.dropFirst().map { other in
                var other = other
                other.arguments = arguments
                return other
            }
        return .program(program)
    }

    private func solutions() throws(TaskFormatError) -> [ReferenceSolution] {
        let files = tree.below("submissions")
        var solutions =
            types.contains("submit-answer")
            ? InginiousReplay.solutions(in: files, name: "\(name)/submissions")
            : try SolutionReader(name: "\(name)/submissions").solutions(in: files)
        if let text = files.text("submissions.yaml") {
            try ContestExpectations(text, file: "\(name)/submissions/submissions.yaml").apply(to: &solutions)
        }
        return solutions
    }
}
