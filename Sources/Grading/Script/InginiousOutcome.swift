import Core
import Foundation

/// What the commands of an INGInious grader left, in the words of that format.
struct InginiousOutcome: Decodable {
    /// `success`, `failed`, `timeout`, `overflow`, `crash` or `killed`.
    var result: String?
    /// 0 to 100.
    var grade: Double?
    var text: String?
    var problems: [String: Problem]?
    var tests: [String: Bool]?
    var custom: [String: JSONText]?
    var state: String?
    private var archive: [SourceFile] = []

    struct Problem: Decodable {
        var result: String?
        var text: String?
    }

    private enum CodingKeys: String, CodingKey { case result, grade, text, problems, tests, custom, state }

    /// Where our commands keep what was said.
    static let path = ".assay/feedback.json"
    /// What `archive -o` made, or the directory that it stands for.
    static let archivePath = ".assay/archive/"

    init(_ files: [SourceFile], _ outcome: Outcome) {
        if let file = files.first(where: { $0.path.string == Self.path }),
            let value = try? JSONDecoder().decode(InginiousOutcome.self, from: Data(file.contents))
        {
            self = value
            archive = files.compactMap { file in
                guard file.path.string.hasPrefix(Self.archivePath),
                    let path = try? RelativePath(String(file.path.string.dropFirst(Self.archivePath.count)))
                else { return nil }
                return SourceFile(path: path, contents: file.contents, isExecutable: file.isExecutable)
            }
        }
        switch outcome.ending {
        case .overCPUTime, .overWallTime: result = "killed"
        case .overMemory: result = "overflow"
        case .overOutput: result = "crash"
        default: break
        }
        // A grader that says nothing crashed, whatever its exit code.
        if result == nil, problems?.isEmpty ?? true { result = "crash" }
    }

    /// Of a task of nothing but questions.
    init(answersOnly answers: [String: Problem]) { add(answers) }

    /// Adds the questions that the service judges itself. One wrong answer fails the whole.
    mutating func add(_ answers: [String: Problem]) {
        guard !answers.isEmpty else { return }
        problems = (problems ?? [:]).merging(answers) { $1 }
        let right = answers.values.filter { $0.result == "success" }.count
        if grade == nil, result == nil { grade = 100 * Double(right) / Double(answers.count) }
        if right < answers.count, result == nil || result == "success" { result = "failed" }
        if result == nil { result = "success" }
    }

    var verdict: Verdict {
        switch result {
        case "success": .accepted
        case "failed": .wrongAnswer
        case "timeout": .timeLimitExceeded
        case "overflow": .memoryLimitExceeded
        default: .internalError
        }
    }
}

extension Report {
    mutating func take(_ outcome: InginiousOutcome, of points: Double) {
        verdict = outcome.verdict
        // Without a grade, success is everything and anything else nothing.
        let grade = outcome.grade ?? (outcome.result == "success" ? 100 : 0)
        score = verdict == .internalError ? 0 : min(max(grade, 0), 100) / 100 * points
        if verdict == .internalError {
            message =
                outcome.result == "killed"
                ? "the grader took too long" : "the grader ended without a result (\(outcome.result ?? "crash"))"
        }
        feedback = outcome.feedback
    }
}

extension InginiousOutcome {
    fileprivate var feedback: GraderFeedback {
        var feedback = GraderFeedback(text: text, format: .restructuredText, tags: tests ?? [:], state: state)
        feedback.values = (custom ?? [:]).mapValues(\.text)
        feedback.values["result"] = "\"\(result ?? "crash")\""
        feedback.problems = (problems ?? [:]).mapValues { problem in
            GraderFeedback.Problem(
                isAccepted: problem.result == "success", result: problem.result ?? "", text: problem.text ?? "")
        }
        feedback.artefacts = archive
        return feedback
    }
}

extension InginiousProblems {
    /// Judges the questions that need no grader.
    func answers(in submission: [SourceFile]) -> [String: InginiousOutcome.Problem] {
        var answers: [String: InginiousOutcome.Problem] = [:]
        for (id, kind) in problems {
            let given = submission.first { $0.path.string == Self.answerPath(id) || $0.path.string == id }
                .map { String(decoding: $0.contents, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) }
            let isRight: Bool
            switch kind {
            case .code, .file: continue
            case .match(let answer):
                isRight = given == answer.trimmingCharacters(in: .whitespacesAndNewlines)
            case .choice(let right, let isMultiple, let count):
                let chosen = given.map { Set(Self.numbers(in: $0)) } ?? []
                // One of several right ones, or all of them.
                let fits = isMultiple ? chosen == Set(right) : chosen.count == 1 && chosen.isSubset(of: right)
                isRight = fits && chosen.allSatisfy { (0..<count).contains($0) }
            }
            answers[id] = InginiousOutcome.Problem(
                result: isRight ? "success" : "failed", text: given == nil ? "not answered" : "")
        }
        return answers
    }

    /// `2`, `0,2` or `["0", "2"]`.
    private static func numbers(in text: String) -> [Int] {
        text.split { !"0123456789-".contains($0) }.compactMap { Int($0) }
    }
}
