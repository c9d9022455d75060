import Core
import Foundation

/// Who submitted, and what came of it before: as much as a grader is told.
struct Submitter: Sendable {
    let owner: Owner
    /// The front-end's notes; `email` and `lang` are read.
    let metadata: [String: String]
    /// Of the catalogue.
    let task: String?
    var history = StudentHistory()

    init(_ draft: SubmissionDraft) {
        owner = draft.owner
        metadata = draft.metadata
        if case .catalog(let id) = draft.task { task = id } else { task = nil }
    }

    var name: String { owner.user ?? "student" }

    /// Names of languages are parts of file names in graders.
    var language: String {
        guard let name = metadata["lang"], (1...16).contains(name.utf8.count),
            name.utf8.allSatisfy({ (0x61...0x7a).contains($0 | 0x20) || $0 == 0x2d || $0 == 0x5f })
        else { return "en" }
        return name
    }

    /// Where a grader's random numbers begin: the same for every submission of a student to a task, as courses that ask
    /// a student for the answer to their own numbers need it; drawn anew for who has no name.
    private var seed: String {
        guard let user = owner.user, let task else { return UUID().uuidString }
        return [task, owner.course ?? "", user].joined(separator: "\n")
    }

    /// For graders of INGInious: what `getinput @…` answers.
    var inputs: String {
        let values = [
            ("username", name), ("email", metadata["email"] ?? ""), ("lang", language), ("seed", seed),
            ("attempts", "\(history.count + 1)"), ("state", history.state),
        ]
        var fields = values.map { "\(JSONText.quoted($0)):\(JSONText.quoted($1))" }
        if let numbers = history.numbers { fields.append("\"random\":\(numbers)") }
        return "{" + fields.joined(separator: ",") + "}"
    }

    /// For autograders of Gradescope: `previous_submissions`.
    var previousSubmissions: String {
        let list = history.attempts.map { attempt in
            let time = attempt.submittedAt.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
            return "{\"submission_time\": \(JSONText.quoted(time)), \"score\": \(attempt.score), "
                + "\"autograder_error\": \(attempt.isInternalError), \"results\": \(attempt.result ?? "null")}"
        }
        return "[" + list.joined(separator: ", ") + "]"
    }
}
