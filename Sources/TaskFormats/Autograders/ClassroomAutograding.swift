import Core
import Foundation

/// GitHub Classroom's `autograding.json`: tests that are shell commands, run in the student's files.
enum ClassroomAutograding {
    /// Where it may lie.
    static let paths = [".github/classroom/autograding.json", "autograding.json"]

    struct Document: Decodable {
        var tests: [Test]
    }

    struct Test: Decodable {
        var name: String
        var setup: String?
        var run: String
        var input: String?
        var output: String?
        var comparison: Comparison?
        /// Minutes.
        var timeout: Double?
        var points: Double?
    }

    enum Comparison: String, Decodable { case included, exact, regex }

    /// A test's time when it names none, in minutes.
    static let defaultTimeout = 10.0

    static func package(_ tree: FileTree, name: String) throws(TaskFormatError) -> TaskPackage {
        guard let path = paths.first(where: { tree[$0] != nil }), let file = tree[path] else {
            throw TaskFormatError(file: name, reason: "has no autograding.json")
        }
        let document: Document
        do { document = try JSONDecoder().decode(Document.self, from: Data(file.contents)) } catch {
            throw TaskFormatError(file: "\(name)/\(path)", reason: "cannot be read: \(explained(error))")
        }
        guard !document.tests.isEmpty else { throw TaskFormatError(file: "\(name)/\(path)", reason: "holds no test") }
        var tests: [TestCase] = []
        for (index, test) in document.tests.enumerated() {
            tests.append(try testCase(test, "\(name)/\(path)", field: "tests[\(index)]"))
        }
        // The tests are in the students' own repository: nothing about them is hidden.
        let group = TestGroup(name: "tests", tests: tests, visibility: .sample)
        // What the teacher has beside the settings stands in for the student's files of the same names.
        let own = tree.sorted.filter { file in
            !file.path.string.hasPrefix(".github/") && !file.path.string.hasPrefix("submissions/")
                && !paths.contains(file.path.string)
        }
        var task = GradingTask(judging: .plan(TestPlan(groups: [group], checker: .trimmed)), title: name)
        task.files = own.isEmpty ? nil : own
        var package = TaskPackage(format: .classroom, title: name, task: task)
        package.solutions = InginiousReplay.solutions(in: tree.below("submissions"), name: name + "/submissions")
        return package
    }

    private static func testCase(_ test: Test, _ file: String, field: String) throws(TaskFormatError) -> TestCase {
        func shell(_ line: String) -> [String] { ["bash", "-c", line] }
        let minutes = test.timeout ?? defaultTimeout
        guard minutes > 0, minutes <= 60 else {
            throw TaskFormatError(
                file: file, field: field + ".timeout", reason: "must be more than 0 minutes, at most 60")
        }
        guard (test.points ?? 0) >= 0 else {
            throw TaskFormatError(file: file, field: field + ".points", reason: "must not be negative")
        }
        var limits = LimitsRequest()
        limits.cpuTime = min(.seconds(minutes * 60), Limits.ceiling.cpuTime)
        limits.wallTime = min(.seconds(minutes * 60), Limits.ceiling.wallTime)
        limits.memory = 1 << 30
        limits.processes = 256
        var result = TestCase(name: test.name, stdin: Array((test.input ?? "").utf8), points: test.points ?? 0)
        result.command = shell(test.run)
        if let setup = test.setup, !setup.isEmpty { result.setUp = shell(setup) }
        result.limits = limits
        guard let output = test.output, !output.isEmpty else { return result }
        result.expectedOutput = Array(output.utf8)
        switch test.comparison ?? .included {
        case .included: result.checker = .contains
        case .exact: result.checker = .trimmed
        case .regex:
            do { _ = try Pattern(output) } catch {
                throw TaskFormatError(file: file, field: field + ".output", reason: "the regular expression \(error)")
            }
            result.checker = .pattern(isWhole: false)
        }
        return result
    }

    private static func explained(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, let context):
            "\((context.codingPath + [key]).map(\.stringValue).joined(separator: ".")) is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context):
            "\(context.codingPath.map(\.stringValue).joined(separator: ".")): \(context.debugDescription)"
        default: "\(error)"
        }
    }
}
