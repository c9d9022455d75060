import Foundation
import Testing

/// An answer as curl received it.
struct Answer: Sendable {
    let status: Int
    let contentType: String
    let body: String

    /// The body as JSON, an object.
    var json: JSONValue {
        get throws { try JSONDecoder().decode(JSONValue.self, from: Data(body.utf8)) }
    }
}

extension AssayServer {
    /// Asks with real curl: `arguments` come before the URL of `path`.
    func curl(_ path: String, _ arguments: [String] = [], input: String = "") async throws -> Answer {
        let result = try await ChildProcess.run(
            [
                "curl", "--silent", "--show-error", "--globoff", "--path-as-is", "--max-time", "120", "--write-out",
                "\n%{http_code} %{content_type}",
            ] + arguments + [url + path], input: input)
        try #require(result.status == 0, "curl: \(result.errors)")
        let end = try #require(result.output.lastIndex(of: "\n"))
        let words = result.output[result.output.index(after: end)...].split(separator: " ", maxSplits: 1)
        return Answer(
            status: try #require(words.first.flatMap { Int($0) }),
            contentType: words.dropFirst().first.map(String.init) ?? "",
            body: String(result.output[..<end]))
    }

    /// Posts a submission, and reads until it has ended.
    func grade(_ request: JSONValue) async throws -> JSONValue {
        let body = String(decoding: try JSONEncoder().encode(request), as: UTF8.self)
        let answer = try await curl("/v1/submissions", ["--json", "@-"], input: body)
        try #require(answer.status == 202, "\(answer.body)")
        let id = try #require(try answer.json["id"].string)
        // A machine busy with other tests takes its time; a submission that never ends is a failure.
        for _ in 0..<10 {
            let submission = try await curl("/v1/submissions/\(id)?wait=60s").json
            if submission["status"] == "finished" { return submission["report"] }
        }
        throw Unended(id: id)
    }
}

struct Unended: Error {
    let id: String
}
