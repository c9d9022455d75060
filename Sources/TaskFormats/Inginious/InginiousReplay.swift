import Core
import Yams

/// A course's own regression tests: submissions that were recorded with what became of them.
enum InginiousReplay {
    static func replays(in tree: FileTree, name: String) throws(TaskFormatError) -> [ReferenceSolution] {
        var solutions: [ReferenceSolution] = []
        for path in tree.paths where path.hasSuffix(".test") {
            guard let text = tree.text(path) else {
                throw TaskFormatError(file: "\(name)/\(path)", reason: "is not UTF-8")
            }
            solutions.append(try replay(text, path: path, file: "\(name)/\(path)"))
        }
        return solutions
    }

    /// `submissions/VERDICT/NAME/ANSWERS…` or `submissions/VERDICT/FILE`, as problem packages have them.
    static func solutions(in tree: FileTree, name: String) -> [ReferenceSolution] {
        var solutions: [ReferenceSolution] = []
        for directory in tree.directories {
            guard let expectation = Expectation(directory: directory) else { continue }
            let files = tree.below(directory)
            for file in files.topFiles {
                solutions.append(
                    ReferenceSolution(name: "\(directory)/\(file.path)", files: [file], expectation: expectation))
            }
            for program in files.directories {
                solutions.append(
                    ReferenceSolution(
                        name: "\(directory)/\(program)", files: files.below(program).sorted, expectation: expectation))
            }
        }
        return solutions
    }

    private static func replay(
        _ text: String, path: String, file: String
    ) throws(TaskFormatError) -> ReferenceSolution {
        var fields = try YAMLDocument.fields(of: text, file: file)
        var input = try fields.require("input")
        // Recorded submissions hold the input in itself, beside who sent it.
        if let inner = try? input.fields(), var found = Optional(inner), let nested = found.take("input"),
            nested.isMapping
        {
            input = nested
        }
        var files: [SourceFile] = []
        var answers = try input.fields()
        var about: [String: YAMLValue] = [:]
        for (id, value) in answers.takeRest() {
            if id.hasPrefix("@") { about[id] = value } else { files += try answer(id, value) }
        }
        var expected = GraderExpectation()
        if let value = fields.take("result") {
            // A result and its text, or the result alone.
            expected.result = try value.isSequence ? value.items().first?.text() : value.text()
        }
        expected.grade = try fields.take("grade")?.number()
        if let value = fields.take("problems"), !value.isNull {
            var problems = try value.fields()
            for (id, value) in problems.takeRest() {
                expected.problems[id] = try value.isSequence ? value.items().first?.text() : value.text()
            }
        }
        if let value = fields.take("tests"), !value.isNull {
            var tags = try value.fields()
            for (tag, value) in tags.takeRest() { expected.tags[tag] = try value.flag() }
        }
        if let value = fields.take("custom"), !value.isNull {
            var custom = try value.fields()
            for (name, value) in custom.takeRest() { expected.custom[name] = try json(value) }
        }
        if let value = fields.take("state"), !value.isNull {
            let state = try value.text()
            if !state.isEmpty { expected.state = state }
        }
        var solution = ReferenceSolution(
            name: path, files: files, language: Language.files.name, expectation: Expectation(grader: expected))
        try note(about, in: &solution)
        return solution
    }

    /// What `getinput @…` answered then, it answers again.
    private static func note(
        _ about: [String: YAMLValue], in solution: inout ReferenceSolution
    ) throws(TaskFormatError) {
        solution.user = try about["@username"]?.text()
        for name in ["email", "lang"] { solution.metadata[name] = try about["@" + name]?.text() }
        solution.history.state = try about["@state"]?.text() ?? ""
        solution.history.count = max(0, (try about["@attempts"]?.integer() ?? 1) - 1)
        if let value = about["@random"] {
            var numbers: [Double] = []
            for item in try value.items() { numbers.append(try item.number()) }
            solution.history.numbers = numbers
        }
    }

    private static func answer(_ id: String, _ value: YAMLValue) throws(TaskFormatError) -> [SourceFile] {
        func file(_ path: String, _ text: String) throws(TaskFormatError) -> SourceFile {
            do { return SourceFile(path: try RelativePath(path), text: text) } catch { throw value.error("\(error)") }
        }
        let place = InginiousProblems.answerPath(id)
        if value.isSequence { return [try file(place, try value.texts().joined(separator: ","))] }
        guard value.isMapping else { return [try file(place, try value.text())] }
        var fields = try value.fields()
        let name = try fields.require("filename").text()
        return [try file("\(place)/\(name)", try fields.require("value").text())]
    }

    private static func json(_ value: YAMLValue) throws(TaskFormatError) -> String {
        if value.isNull { return "null" }
        if let flag = try? value.flag() { return flag ? "true" : "false" }
        if let number = try? value.integer() { return "\(number)" }
        if let number = try? value.number() { return "\(number)" }
        let text = try value.text()
        return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            + "\""
    }
}
