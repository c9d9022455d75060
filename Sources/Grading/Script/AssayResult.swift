import Core
import Foundation

/// `result.json` of a grader in our own format.
struct AssayResult: Decodable {
    /// From 0 to 1.
    var score: Double
    var verdict: Verdict?
    var feedback: String?
    var format: GraderFeedback.Format?
    var tests: [Test]?
    var tags: [String: Bool]?
    var values: [String: JSONText]?
    var state: String?
    /// Paths of files to give to the student.
    var artefacts: [String]?

    struct Test: Decodable {
        var name: String
        var verdict: Verdict
        var points: Double?
        var maximumPoints: Double?
        var message: String?
        var visibility: TestVisibility?

        private enum CodingKeys: String, CodingKey {
            case name, verdict, points, message, visibility
            case maximumPoints = "maximum_points"
        }
    }

    static let path = "result.json"
    static let maximumSize = 4 << 20
    static let maximumTests = 10_000

    private var files: [SourceFile] = []

    private enum CodingKeys: String, CodingKey {
        case score, verdict, feedback, format, tests, tags, values, state, artefacts
    }

    init(_ files: [SourceFile], _ outcome: Outcome) throws(CheckerFailure) {
        guard outcome.ending == .exited(0) else {
            throw CheckerFailure(grader: outcome, "the grader did not end well")
        }
        guard let file = files.first(where: { $0.path.string == Self.path }) else {
            throw CheckerFailure(grader: outcome, "the grader left no \(Self.path)")
        }
        guard file.contents.count <= Self.maximumSize else { throw CheckerFailure("\(Self.path) is too long") }
        do { self = try JSONDecoder().decode(AssayResult.self, from: Data(file.contents)) } catch {
            throw CheckerFailure("\(Self.path) cannot be read: \(error)")
        }
        guard (0...1).contains(score) else { throw CheckerFailure("the score \(score) is not from 0 to 1") }
        guard (tests?.count ?? 0) <= Self.maximumTests else { throw CheckerFailure("too many tests in \(Self.path)") }
        self.files = files
    }

    func apply(to report: inout Report, points: Double) throws(CheckerFailure) {
        report.score = score * points
        report.verdict = verdict ?? Report.verdict(score: score, of: 1)
        report.tests = (tests ?? []).map { test in
            TestResult(
                name: test.name, verdict: test.verdict,
                points: test.points ?? (test.verdict == .accepted ? test.maximumPoints ?? 1 : 0),
                maximumPoints: test.maximumPoints ?? 1, visibility: test.visibility ?? .sample,
                feedback: test.message)
        }
        var feedback = GraderFeedback(
            text: self.feedback, format: format ?? .text, tags: tags ?? [:],
            values: (values ?? [:]).mapValues(\.text), state: state)
        for path in artefacts ?? [] {
            guard let file = files.first(where: { $0.path.string == path }) else {
                throw CheckerFailure("the artefact \(path) is not there")
            }
            feedback.artefacts.append(file)
        }
        report.feedback = feedback
    }
}

/// Any JSON value, kept as text.
struct JSONText: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            text = "null"
        } else if let flag = try? value.decode(Bool.self) {
            text = flag ? "true" : "false"
        } else if let number = try? value.decode(Int.self) {
            text = "\(number)"
        } else if let number = try? value.decode(Double.self) {
            text = "\(number)"
        } else if let string = try? value.decode(String.self) {
            text = Self.quoted(string)
        } else if let list = try? value.decode([JSONText].self) {
            text = "[" + list.map(\.text).joined(separator: ",") + "]"
        } else {
            let object = try value.decode([String: JSONText].self).sorted { $0.key < $1.key }
            text = "{" + object.map { Self.quoted($0.key) + ":" + $0.value.text }.joined(separator: ",") + "}"
        }
    }

    static func quoted(_ string: String) -> String {
        guard let data = try? JSONEncoder().encode([string]) else { return "\"\"" }
        return String(String(decoding: data, as: UTF8.self).dropFirst().dropLast())
    }
}
