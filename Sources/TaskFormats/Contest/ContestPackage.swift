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
    /// Whether the package has a validator of its own.
    let hasValidator: Bool
    var warnings: [String] = []

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
        hasValidator = !ContestPackage.validatorTree(tree, version).isEmpty
        if hasCustom, !hasValidator {
            throw TaskFormatError(
                file: file, field: "validation", reason: "is custom, but there is no output validator")
        }
        if types.contains("interactive") || types.contains("multi-pass"), !hasValidator {
            throw TaskFormatError(
                file: file, field: "type", reason: "interactive and multi-pass need an output validator")
        }
        // Who wrote it, where it comes from, who may use it: nothing of that changes a verdict.
        let notes: Set<String> = [
            "uuid", "author", "credits", "source", "source_url", "license", "rights_owner", "keywords", "version",
            "embargo_until", "languages", "constants", "allow_file_writing",
        ]
        for (key, value) in fields.takeRest() where !notes.contains(key) {
            if ["grading", "static_validator", "generators"].contains(key) {
                throw value.error("is not supported here")
            }
            warnings.append("problem.yaml: \(key) has no effect here")
        }
        for directory in ["static_validator", "graders", "include"] where tree.hasDirectory(directory) {
            throw TaskFormatError(file: "\(name)/\(directory)", reason: "is not supported here")
        }
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

    static func validatorTree(_ tree: FileTree, _ version: Version) -> FileTree {
        let current = tree.below("output_validator")
        return current.isEmpty ? tree.below("output_validators") : current
    }

    // MARK: result

    func taskPackage() throws(TaskFormatError) -> TaskPackage {
        let checker = try checker()
        let reader = ContestData(package: self, checker: checker)
        let plan = try reader.plan()
        var task = GradingTask(limits: limits.run, judging: .plan(plan), title: title, statement: statement)
        task.hiddenFeedback = .tests
        var package = TaskPackage(format: .contest, title: title, task: task)
        package.inputValidators = try inputValidators()
        package.solutions = try solutions()
        package.timeRule = limits.timeLimit == nil ? limits.rule : nil
        package.warnings = warnings
        return package
    }

    private var statement: String? {
        for directory in ["statement", "problem_statement"] {
            for file in ["problem.en.md", "problem.md"] {
                if let text = tree.text("\(directory)/\(file)") { return text }
            }
        }
        return nil
    }

    /// The validator, or the comparison that stands for it.
    private func checker() throws(TaskFormatError) -> Checker {
        let validators = Self.validatorTree(tree, version)
        guard !validators.isEmpty else { return .words(try ContestFlags(validatorArguments, file: name).comparison) }
        let directory = tree.hasDirectory("output_validator") ? "output_validator" : "output_validators"
        let file = "\(name)/\(directory)"
        // In 2025-09 the directory is the program itself.
        if directory == "output_validator", !validators.topFiles.isEmpty,
            let language = ProgramFinder.language(of: validators.sorted)
        {
            return .program(validator(validators.sorted, language))
        }
        let programs = try ProgramFinder(name: file).programs(in: validators)
        guard programs.count == 1, let program = programs.first else {
            throw TaskFormatError(file: file, reason: "holds \(programs.count) validators; one is supported")
        }
        return .program(validator(program.files, program.language))
    }

    private func validator(_ files: [SourceFile], _ language: String) -> CheckerProgram {
        CheckerProgram(
            language: language, files: files, arguments: validatorArguments, limits: limits.validation)
    }

    private func inputValidators() throws(TaskFormatError) -> [CheckerProgram] {
        let directory = tree.hasDirectory("input_validators") ? "input_validators" : "input_format_validators"
        let file = "\(name)/\(directory)"
        let files = tree.below(directory)
        for path in files.paths where path.hasSuffix(".ctd") || path.hasSuffix(".viva") {
            throw TaskFormatError(file: "\(file)/\(path)", reason: "checktestdata and VIVA are not supported here")
        }
        return try ProgramFinder(name: file).programs(in: files).map { program in
            CheckerProgram(language: program.language, files: program.files, limits: limits.validation)
        }
    }

    private func solutions() throws(TaskFormatError) -> [ReferenceSolution] {
        let files = tree.below("submissions")
        var solutions = try SolutionReader(name: "\(name)/submissions").solutions(in: files)
        if let text = files.text("submissions.yaml") {
            try ContestExpectations(text, file: "\(name)/submissions/submissions.yaml").apply(to: &solutions)
        }
        return solutions
    }
}
