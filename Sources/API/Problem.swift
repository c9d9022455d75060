import Foundation
package import HTTPServer

/// An error answer of RFC 9457 (`application/problem+json`). `type` is a URN: it names the kind and leads nowhere.
package struct Problem: Sendable, Codable, Hashable {
    package var type: String
    package var title: String
    package var status: Int
    package var detail: String?
    package var errors: [FieldError]?

    /// One field that is wrong.
    package struct FieldError: Sendable, Codable, Hashable {
        package var field: String
        package var detail: String

        package init(field: String, detail: String) {
            self.field = field
            self.detail = detail
        }
    }

    package init(
        _ status: Status, _ kind: String, title: String, detail: String? = nil, errors: [FieldError]? = nil
    ) {
        type = "urn:assay:problem:\(kind)"
        self.title = title
        self.status = status.code
        self.detail = detail ?? errors?.map { "\($0.field): \($0.detail)" }.joined(separator: "; ")
        self.errors = errors
    }

    package func response(headers: Headers = [:]) -> Response {
        var headers = headers
        headers["Content-Type"] = "application/problem+json"
        headers["Cache-Control"] = "no-store"
        return Response(status: Status(status), headers: headers, body: .bytes(JSON.encode(self)))
    }
}

extension Problem {
    static func malformed(_ errors: [FieldError]) -> Problem {
        Problem(.badRequest, "malformed-request", title: "The request is malformed", errors: errors)
    }

    static func invalidSubmission(_ errors: [FieldError]) -> Problem {
        Problem(
            .unprocessableContent, "invalid-submission", title: "The submission cannot be accepted", errors: errors)
    }

    static let noSuchSubmission = Problem(
        .notFound, "no-such-submission", title: "There is no such submission",
        detail: "No submission has this id; it may have been removed.")

    static func unavailable(_ reason: String) -> Problem {
        Problem(.serviceUnavailable, "unavailable", title: "The service is not available", detail: reason)
    }
}
