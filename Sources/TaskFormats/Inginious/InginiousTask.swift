import Core
import Yams

/// A task of INGInious: `task.yaml` with problems, a run file, and what lies beside them.
enum InginiousTask {
    /// Whether a `task.yaml` is of this format and not of our own.
    static func isMeant(by text: String) -> Bool {
        text.split(separator: "\n").contains { line in
            ["problems:", "environment:", "environment_id:", "environment_type:", "run_cmd:"]
                .contains { line.hasPrefix($0) }
        }
    }

    /// Where the course's common directory is put in a package's files.
    static let common = "$common"
    /// And the course's own run files.
    static let course = "$course"
    static let runFiles = ["run", "run.py", "run.sh"]

    static func package(_ tree: FileTree, name: String) throws(TaskFormatError) -> TaskPackage {
        let file = name + "/task.yaml"
        guard let text = tree.text("task.yaml") else { throw TaskFormatError(file: file, reason: "is not UTF-8") }
        var fields = try YAMLDocument.fields(of: text, file: file)
        let title = try fields.take("name")?.text() ?? name
        var warnings: [String] = []
        let problems = try problems(fields.require("problems"))
        var runCommand = try Self.runCommand(fields.take("run_cmd"))
        var limits = LimitsRequest()
        var hasNetwork = false
        if let value = fields.take("environment_parameters"), !value.isNull {
            var parameters = try value.fields()
            if let value = parameters.take("limits") { limits = try Self.limits(value) }
            if let value = parameters.take("network_grading") { hasNetwork = try value.flag() }
            let own = try Self.runCommand(parameters.take("run_cmd"))
            runCommand = runCommand ?? own
            for (_, value) in parameters.takeRest() { warnings.append("\(value.path) has no effect here") }
        }
        if let value = fields.take("limits") { limits = try Self.limits(value) }
        if let value = fields.take("network_grading") { hasNetwork = try value.flag() }
        let random = try fields.take("input_random")?.integer() ?? 0
        // The name of the container that graders run in, and the only one that they may ask for.
        let old = try fields.take("environment")?.text()
        let environment = try fields.take("environment_id")?.text() ?? old ?? "default"
        _ = fields.take("environment_type")
        let statement = try fields.take("context")?.text()
        // Everything else is the course's own administration.
        _ = fields.takeRest()

        let command = command(runCommand, tree)
        let kinds = InginiousProblems(problems: problems, hasRunFile: command != nil)
        if command == nil, problems.values.contains(where: { $0 == .code || $0 == .file }) {
            throw TaskFormatError(file: name, reason: "has code to grade, but no run file")
        }
        var script = GradingScript(
            files: try graderFiles(tree, kinds, random: random, environment: environment, name: name),
            command: command ?? ["true"],
            environment: GraderSupport.inginiousEnvironment, limits: limits, student: .files,
            submissionDirectory: GraderSupport.file(".assay/input", []).path, result: .inginious(kinds))
        script.points = 100
        // A grader may run its student as often as it likes; its own time ends that.
        script.runs = GradingScript.maximumRuns
        var task = GradingTask(limits: limits, judging: .script(script), title: title, statement: statement)
        if hasNetwork {
            throw TaskFormatError(
                file: file, field: "network_grading",
                reason: "a grader with network is not supported: no destinations are named")
        }
        task.title = title
        var package = TaskPackage(format: .inginious, title: title, task: task)
        package.warnings = warnings
        package.solutions =
            try InginiousReplay.replays(in: tree.below("test"), name: name + "/test")
            + InginiousReplay.solutions(in: tree.below("submissions"), name: name + "/submissions")
        return package
    }

    private static func runCommand(_ value: YAMLValue?) throws(TaskFormatError) -> String? {
        guard let value, !value.isNull else { return nil }
        let text = try value.text()
        return text.isEmpty ? nil : text
    }

    private static func limits(_ value: YAMLValue) throws(TaskFormatError) -> LimitsRequest {
        var fields = try value.fields()
        var limits = LimitsRequest()
        let time = try fields.take("time")?.number() ?? 30
        // Names that courses use for the wall time: hard_time, and soft_time for time.
        let soft = try fields.take("soft_time")?.number() ?? time
        let hard = try fields.take("hard_time")?.number() ?? 3 * soft
        let memory = try fields.take("memory")?.number() ?? 100
        for name in ["disk", "output"] { _ = fields.take(name) }
        try fields.finish()
        guard soft > 0, hard > 0, memory > 0 else { throw value.error("must be greater than zero") }
        limits.cpuTime = .seconds(soft)
        limits.wallTime = .seconds(hard)
        limits.memory = Int(memory * 1_000_000)
        return limits
    }

    private static func problems(_ value: YAMLValue) throws(TaskFormatError) -> [String: InginiousProblems.Kind] {
        var problems: [String: InginiousProblems.Kind] = [:]
        if value.isNull { return [:] }
        var all = try value.fields()
        for (id, value) in all.takeRest() {
            var fields = try value.fields()
            let type = try fields.require("type")
            switch try type.text() {
            case "code", "code_single_line", "code-single-line": problems[id] = .code
            case "file", "code_file", "code-file": problems[id] = .file
            case "match": problems[id] = .match(answer: try fields.require("answer").text())
            case "multiple_choice", "multiple-choice":
                let choices = try fields.require("choices").items()
                var right: [Int] = []
                for (index, choice) in choices.enumerated() {
                    var choice = try choice.fields()
                    if try choice.take("valid")?.flag() == true { right.append(index) }
                }
                problems[id] = .choice(
                    right: right, isMultiple: try fields.take("multiple")?.flag() ?? false, choices: choices.count)
            case let other: throw type.error("problems of type \(other) are not supported here")
            }
        }
        return problems
    }

    /// The run file, in the order in which they are looked for; `nil` if there is none.
    private static func command(_ runCommand: String?, _ tree: FileTree) -> [String]? {
        func inTask(_ line: String) -> [String] { ["sh", "-c", "cd /task && exec \(line)"] }
        if let runCommand { return ["sh", "-c", "cd /task && \(runCommand)"] }
        for (directory, place) in [("", "./"), ("\(common)/", "/course/common/"), ("\(course)/", "/course/")] {
            for (file, interpreter) in [("run", ""), ("run.py", "/usr/bin/python3 "), ("run.sh", "/bin/bash ")] {
                guard let found = tree[directory + file] else { continue }
                if found.contents.starts(with: "#!".utf8) { return inTask(place + file) }
                return inTask((interpreter.isEmpty ? "/bin/bash " : interpreter) + place + file)
            }
        }
        return nil
    }

    /// The task's files without its tests and solutions, the course's, and our commands.
    private static func graderFiles(
        _ tree: FileTree, _ problems: InginiousProblems, random: Int, environment: String, name: String
    ) throws(TaskFormatError) -> [SourceFile] {
        var files = GraderSupport.inginiousFiles
        let settings = problems.problems.mapValues { kind in
            switch kind {
            case .code: "code"
            case .file: "file"
            case .match: "match"
            case .choice: "multiple_choice"
            }
        }
        let entries = settings.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\"\($0.value)\"" }
        let json =
            "{\"random\":\(random),\"environment\":\(quoted(environment)),"
            + "\"problems\":{\(entries.joined(separator: ","))}}"
        files.append(GraderSupport.file(".assay/task.json", Array(json.utf8)))
        // Graders write there without making it.
        files.append(GraderSupport.file("task/student/.keep", []))
        for file in tree.sorted {
            var path = file.path.string
            if path.hasPrefix("test/") || path.hasPrefix("submissions/") { continue }
            if path.hasPrefix(common + "/") {
                path = "course/common/" + path.dropFirst(common.count + 1)
            } else if path.hasPrefix(course + "/") {
                path = "course/" + path.dropFirst(course.count + 1)
            } else {
                path = "task/" + path
            }
            guard let path = try? RelativePath(path) else {
                throw TaskFormatError(file: "\(name)/\(file.path)", reason: "its name is too long")
            }
            if path.string == "task/student/.keep" { continue }
            // A run file is started by its #! line.
            let isRun = ["task", "course/common", "course"].contains { directory in
                runFiles.contains { path.string == "\(directory)/\($0)" }
            }
            files.append(
                SourceFile(path: path, contents: file.contents, isExecutable: file.isExecutable || isRun))
        }
        return files
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.filter { $0 != "\"" && $0 != "\\" && $0 != "\n" } + "\""
    }
}
