import Core

/// Reads the test cases of a directory of a problem package.
struct ContestTests {
    let package: ContestPackage

    private var isLegacy: Bool { package.version == .legacy }

    /// The names of the cases directly in `files`, without `.in`, in the order in which they run.
    static func names(in files: FileTree) -> [String] {
        files.topFiles.map(\.path.string).filter { $0.hasSuffix(".in") }.map { String($0.dropLast(3)) }
    }

    /// Directories of `files` that are no part of a case.
    static func directories(in files: FileTree) -> [String] {
        files.directories.filter { !($0.hasSuffix(".files") && files[String($0.dropLast(6)) + ".in"] != nil) }
    }

    /// One case, whose files begin with `base`.
    func test(
        _ base: String, below path: String, _ files: FileTree, _ settings: ContestGroup, needsAnswer: Bool = true
    ) throws(TaskFormatError) -> TestCase {
        guard let input = files[base + ".in"] else { throw package.error("data/\(path)/\(base).in", "is missing") }
        let answer = files[base + ".ans"]
        if answer == nil, needsAnswer, !package.types.contains("interactive"), !package.types.contains("multi-pass") {
            throw package.error("data/\(path)/\(base).ans", "is missing")
        }
        var test = TestCase(name: "\(path)/\(base)", stdin: input.contents, expectedOutput: answer?.contents ?? [])
        test.arguments = settings.arguments
        test.points = settings.acceptScore ?? 1
        test.rejectedPoints = settings.rejectScore
        var settings = settings
        if let text = files.text(base + ".args") {
            test.arguments = text.split(whereSeparator: \.isWhitespace).map(String.init)
        }
        test.detail = files.text(base + ".desc") ?? files.text(base + ".hint")
        if !isLegacy, let text = files.text(base + ".yaml") {
            let file = "\(package.name)/data/\(path)/\(base).yaml"
            try take(try YAMLDocument.fields(of: text, file: file), &test, &settings)
        }
        let extra = files.below(base + ".files")
        if !extra.isEmpty { test.files = extra.sorted }
        if package.types.contains("submit-answer") { test.submittedOutput = try submittedFile(base) }
        test.checker = try package.checker(for: settings)
        test.inputValidatorArguments = inputArguments(settings, test.arguments)
        return test
    }

    private func take(
        _ fields: YAMLFields, _ test: inout TestCase, _ settings: inout ContestGroup
    ) throws(TaskFormatError) {
        var fields = fields
        if let value = fields.take("args") { test.arguments = try ContestPackage.words(value) }
        if let value = fields.take("output_validator_args") {
            settings.validatorArguments = try ContestPackage.words(value)
        }
        if let value = fields.take("input_validator_args") {
            settings.inputArguments = try ContestGroup.argumentsByName(value)
        }
        for name in ["full_feedback", "input_visualizer_args", "output_visualizer_args"] { _ = fields.take(name) }
        for name in ["description", "hint"] {
            guard let value = fields.take(name) else { continue }
            test.detail = try value.text()
        }
        try fields.finish()
    }

    /// In 2025-09 an input validator gets its own arguments and then the case's.
    private func inputArguments(_ settings: ContestGroup, _ arguments: [String]) -> [String: [String]]? {
        var all = settings.inputArguments
        if !isLegacy, !arguments.isEmpty {
            if all[""] == nil { all[""] = [] }
            all = all.mapValues { $0 + arguments }
        }
        return all.isEmpty ? nil : all
    }

    private func submittedFile(_ base: String) throws(TaskFormatError) -> RelativePath {
        let name = base.split(separator: "/").last.map(String.init) ?? base
        do { return try RelativePath(name + ".out") } catch { throw package.error("data/\(base)", "\(error)") }
    }
}
