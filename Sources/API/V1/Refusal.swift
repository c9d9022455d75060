import Core
import Grading
import HTTPServer
import JSONDecoding

/// An error answer on its way out of a handler.
struct Refusal: Error, Sendable {
    let problem: Problem
    var headers: Headers = [:]

    init(_ problem: Problem) { self.problem = problem }

    init(_ error: SubmissionError) {
        switch error {
        case .invalid(let problems):
            problem = .invalidSubmission(problems.map { .init(field: $0.place.fieldName, detail: $0.detail) })
        case .queueFull(let bound, _):
            problem =
                switch bound {
                // Everybody has to wait: the service is at fault. Of one's own share: the client is.
                case .submissions, .bytes:
                    Problem(.serviceUnavailable, "queue-full", title: "The queue is full", detail: "\(error)")
                case .user, .course:
                    Problem(.tooManyRequests, "share-full", title: "Too many submissions wait", detail: "\(error)")
                }
        case .keyReused: problem = .keyReused
        case .unavailable(let reason, _): problem = .unavailable(reason)
        case .notFound: problem = .noSuchSubmission
        }
        headers = Self.retry(error)
    }

    var response: Response { problem.response(headers: headers) }

    /// Whole seconds, at least one, as `Retry-After` wants them.
    static func retry(_ error: SubmissionError) -> Headers {
        guard let wait = error.retryAfter else { return [:] }
        return ["Retry-After": "\(max(1, Int(wait.inSeconds.rounded(.up))))"]
    }
}

extension SubmissionProblem.Place {
    /// The field of `POST /v1/submissions` where the mistake is.
    var fieldName: String {
        switch self {
        case .language: "language"
        case .files: "files"
        case .entryFile: "entry"
        case .task: "task"
        case .backend: "backend"
        case .storage: "storage"
        case .network: "network"
        case .tests: "tests"
        case .file(let name):
            JSONProblem.string([JSONPathPart(stringValue: "files"), JSONPathPart(stringValue: name)])
        case .limit(let name): "limits.\(LimitsWire.CodingKeys(name).rawValue)"
        }
    }
}

extension Problem {
    static let keyReused = Problem(
        .unprocessableContent, "idempotency-key-reused", title: "The idempotency key was used before",
        detail: "Another request was made under this Idempotency-Key. Use a new key for a new request.")

    static let examOnly = Problem(
        .forbidden, "forbidden", title: "The token does not allow this priority",
        detail: "priority: exam needs the role exam.",
        errors: [FieldError(field: "priority", detail: "exam needs the role exam")])

    static let otherCourse = Problem(
        .forbidden, "other-course", title: "The token is limited to other courses",
        detail: "course: must be one of the token's.",
        errors: [FieldError(field: "course", detail: "must be one of the token's courses")])

    static let sandboxChoice = Problem(
        .forbidden, "sandbox-choice", title: "The token may not choose the backend",
        detail: "backend, backend_fallback and storage are not this token's to say.",
        errors: [FieldError(field: "backend", detail: "is chosen by the task, its language or the service")])

    static let unsupportedMediaType = Problem(
        415, "unsupported-media-type", title: "The body must be JSON",
        detail: "Send it with Content-Type: application/json (curl --json does).")
}
