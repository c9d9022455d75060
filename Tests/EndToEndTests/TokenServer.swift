import Foundation
import Testing

/// A server that wants tokens, with one of a student's, one of a teacher's and one that reads everything.
struct TokenServer {
    private let server: AssayServer
    private let studentToken: String
    private let teacherToken: String
    private let readerToken: String
    /// Another student's.
    private let otherToken: String

    init(directory: String, settings: [String] = []) async throws {
        studentToken = try await AccessToken.make("submit", named: "student", in: directory)
        teacherToken = try await AccessToken.make("teacher", named: "teacher", in: directory)
        readerToken = try await AccessToken.make("read", named: "reader", in: directory)
        otherToken = try await AccessToken.make("submit", named: "other", in: directory)
        server = try await AssayServer(directory: directory, settings: settings)
    }

    func student(_ path: String, _ arguments: [String] = [], input: String = "") async throws -> Answer {
        try await server.curl(path, ["-H", "Authorization: Bearer \(studentToken)"] + arguments, input: input)
    }

    func teacher(_ path: String, _ arguments: [String] = [], input: String = "") async throws -> Answer {
        try await server.curl(path, ["-H", "Authorization: Bearer \(teacherToken)"] + arguments, input: input)
    }

    /// With a token of the role `read`.
    func reader(_ path: String, _ arguments: [String] = [], input: String = "") async throws -> Answer {
        try await server.curl(path, ["-H", "Authorization: Bearer \(readerToken)"] + arguments, input: input)
    }

    /// With another student's token.
    func other(_ path: String, _ arguments: [String] = [], input: String = "") async throws -> Answer {
        try await server.curl(path, ["-H", "Authorization: Bearer \(otherToken)"] + arguments, input: input)
    }

    /// Hands a Python program in as the student, or as the other one, and returns the submission's id.
    func submit(
        _ program: String, to task: String, more fields: [String: JSONValue] = [:], asOther: Bool = false
    ) async throws -> String {
        let request: [String: JSONValue] = [
            "language": "python3", "task": .string(task), "files": ["main.py": .string(program)],
        ]
        let body = String(decoding: try JSONEncoder().encode(request.merging(fields) { $1 }), as: UTF8.self)
        let answer = try await (asOther ? other : student)("/v1/submissions", ["--json", "@-"], body)
        try #require(answer.status == 202, "\(answer.body)")
        return try #require(try answer.json["id"].string)
    }

    /// Asks as the teacher until the submission has ended.
    func ended(_ id: String) async throws -> JSONValue {
        for _ in 0..<10 {
            let submission = try await teacher("/v1/submissions/\(id)?wait=60s").json
            if submission["status"] == "finished" || submission["status"] == "cancelled" { return submission }
        }
        throw Unended(id: id)
    }

    /// Puts tasks in force as the teacher: their files by their names. Archives are made in `directory`.
    func put(_ tasks: [String: [String: String]], in directory: String) async throws {
        for (name, files) in tasks {
            let file = try await HiddenTestsTests.archive(name, files, in: directory)
            let put = try await teacher("/v1/tasks/\(name)", ["-T", file])
            #expect(put.status == 201, "\(put.body)")
        }
    }

    @discardableResult func stop() async -> Int32 { await server.stop() }
}
