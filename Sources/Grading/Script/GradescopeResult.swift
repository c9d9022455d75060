import Core
import Foundation

/// `results.json` of a Gradescope autograder, and what may be shown of it.
struct GradescopeResult: Decodable {
    var score: Double?
    var executionTime: Double?
    var output: String?
    var outputFormat: String?
    var testOutputFormat: String?
    var testNameFormat: String?
    var visibility: Visibility?
    var stdoutVisibility: Visibility?
    var extraData: JSONText?
    var tests: [Test]?
    var leaderboard: [Row]?

    enum Visibility: String, Decodable {
        case hidden, visible
        case afterDueDate = "after_due_date"
        case afterPublished = "after_published"
    }

    struct Test: Decodable {
        var score: Double?
        var maxScore: Double?
        var status: Status?
        var name: String?
        var number: String?
        var output: String?
        var outputFormat: String?
        var nameFormat: String?
        var tags: [String]?
        var visibility: Visibility?
        var extraData: JSONText?

        enum Status: String, Decodable { case passed, failed }

        private enum CodingKeys: String, CodingKey {
            case score, status, name, number, output, tags, visibility
            case maxScore = "max_score"
            case outputFormat = "output_format"
            case nameFormat = "name_format"
            case extraData = "extra_data"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            score = try container.decodeIfPresent(Double.self, forKey: .score)
            maxScore = try container.decodeIfPresent(Double.self, forKey: .maxScore)
            status = try container.decodeIfPresent(Status.self, forKey: .status)
            name = try container.decodeIfPresent(String.self, forKey: .name)
            // Written as text or as a number.
            number = try container.decodeIfPresent(JSONText.self, forKey: .number)?.text
                .trimmingCharacters(in: ["\""])
            output = try container.decodeIfPresent(String.self, forKey: .output)
            outputFormat = try container.decodeIfPresent(String.self, forKey: .outputFormat)
            nameFormat = try container.decodeIfPresent(String.self, forKey: .nameFormat)
            tags = try container.decodeIfPresent([String].self, forKey: .tags)
            visibility = try container.decodeIfPresent(Visibility.self, forKey: .visibility)
            extraData = try container.decodeIfPresent(JSONText.self, forKey: .extraData)
        }
    }

    struct Row: Decodable {
        var name: String
        var value: JSONText
        var order: String?

        fileprivate var json: String {
            let fields = ["\"name\":" + JSONText.quoted(name), "\"value\":" + value.text]
            return "{" + (fields + (order.map { ["\"order\":" + JSONText.quoted($0)] } ?? [])).joined(separator: ",")
                + "}"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case score, output, visibility, tests, leaderboard
        case executionTime = "execution_time"
        case outputFormat = "output_format"
        case testOutputFormat = "test_output_format"
        case testNameFormat = "test_name_format"
        case stdoutVisibility = "stdout_visibility"
        case extraData = "extra_data"
    }

    /// What the autograder printed.
    private var stdout: [UInt8] = []
    /// All of it, as it was written.
    private var original: String?

    static let path = "autograder/results/results.json"
    /// Bytes of that, which are shown.
    static let stdoutLength = 64 << 10
    static let maximumSize = 8 << 20
    /// Bytes of a result that later runs are shown.
    static let originalSize = 256 << 10

    init(_ files: [SourceFile], _ outcome: Outcome) throws(CheckerFailure) {
        guard let file = files.first(where: { $0.path.string == Self.path }) else {
            throw CheckerFailure(grader: outcome, "the autograder left no results.json")
        }
        guard file.contents.count <= Self.maximumSize else { throw CheckerFailure("results.json is too long") }
        do { self = try JSONDecoder().decode(GradescopeResult.self, from: Data(file.contents)) } catch {
            throw CheckerFailure("results.json cannot be read: \(error)")
        }
        // The format asks for one of the two.
        guard score != nil || tests != nil else { throw CheckerFailure("results.json has neither score nor tests") }
        stdout = outcome.stdout.bytes
        if file.contents.count <= Self.originalSize { original = String(validating: file.contents, as: UTF8.self) }
        switch outcome.ending {
        case .exited, .signalled: break
        default: throw CheckerFailure(grader: outcome, "the autograder broke a limit")
        }
    }

    /// What is to be seen only later (`after_due_date`, `after_published`) is hidden: this service knows no due dates.
    private func isVisible(_ own: Visibility?) -> Bool { (own ?? visibility ?? .visible) == .visible }

    func apply(to report: inout Report) throws(CheckerFailure) {
        let tests = tests ?? []
        report.tests = tests.enumerated().map { index, test in
            let maximum = test.maxScore ?? 0
            let points = test.score ?? (test.status == .failed ? 0 : maximum)
            let isPassed = test.status.map { $0 == .passed } ?? (points >= maximum - 1e-9)
            let name = [test.number, test.name].compactMap { $0 }.joined(separator: " ")
            var result = TestResult(
                name: name.isEmpty ? "\(index + 1)" : name, verdict: isPassed ? .accepted : .wrongAnswer,
                points: points, maximumPoints: maximum, visibility: isVisible(test.visibility) ? .sample : .hidden,
                feedback: test.output)
            result.format = Self.format(test.outputFormat ?? testOutputFormat)
            result.nameFormat = Self.format(test.nameFormat ?? testNameFormat)
            result.tags = test.tags
            result.extraData = test.extraData?.text
            return result
        }
        let sum = report.tests.reduce(0) { $0 + $1.points }
        let tested = report.tests.reduce(0) { $0 + $1.maximumPoints }
        // A score of the whole takes the place of the sum.
        report.score = score ?? sum
        report.maximumScore = tests.isEmpty ? max(report.maximumScore, report.score) : tested
        report.verdict =
            report.tests.allSatisfy { $0.verdict == .accepted }
            ? Report.verdict(score: report.score, of: report.maximumScore) : .wrongAnswer
        report.feedback = feedback
    }

    private var feedback: GraderFeedback {
        var feedback = GraderFeedback(text: isVisible(nil) ? output : nil, format: Self.format(outputFormat) ?? .text)
        var own: [String: String] = [:]
        if !isVisible(nil), let output { own["output"] = JSONText.quoted(output) }
        if let extraData { own["extra_data"] = extraData.text }
        if let executionTime { feedback.values["execution_time"] = "\(executionTime)" }
        if let leaderboard {
            feedback.values["leaderboard"] = "[" + leaderboard.map(\.json).joined(separator: ",") + "]"
        }
        feedback.privateValues = own.isEmpty ? nil : own
        feedback.original = original
        // Nobody sees what an autograder prints unless it says so.
        if stdoutVisibility == .visible {
            feedback.output = String(decoding: stdout.prefix(Self.stdoutLength), as: UTF8.self)
        }
        return feedback
    }

    /// `nil` is text, and so is what is no format.
    private static func format(_ name: String?) -> GraderFeedback.Format? { name.flatMap { formats[$0] } }

    private static let formats: [String: GraderFeedback.Format] = [
        "html": .html, "md": .markdown, "ansi": .ansi,
    ]
}
