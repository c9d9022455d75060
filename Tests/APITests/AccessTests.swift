import Core
import Foundation
import HTTPServer
import Synchronization
import Testing

@testable import API

@Suite struct AccessTests {
    private final class Directory: TokenDirectory {
        let tokens = Mutex<[String: AccessToken]>([:])

        func token(_ id: String) async throws -> AccessToken? { tokens.withLock { $0[id] } }
        func hasTokens() async throws -> Bool { tokens.withLock { !$0.isEmpty } }
        func keep(_ token: AccessToken) { tokens.withLock { $0[token.id] = token } }
    }

    private func request(_ token: String?) -> Request {
        Request(method: .get, path: "/", headers: token.map { ["Authorization": "Bearer \($0)"] } ?? [:])
    }

    private func status(_ access: Access, _ authorization: String?, any roles: [Role] = [.submit]) async -> Int {
        var request = Request(method: .get, path: "/")
        request.headers["Authorization"] = authorization
        do {
            _ = try await access.principal(of: request, any: roles)
            return 200
        } catch { return error.problem.status }
    }

    @Test func withoutTokensEverybodyMay() async throws {
        #expect(try await Access(Directory()).principal(of: request(nil)) == .anyone)
    }

    @Test func theFirstTokenClosesTheService() async throws {
        let directory = Directory()
        let access = Access(directory)
        #expect(await status(access, nil) == 200)
        let (text, token) = TokenText.make(name: "t", roles: [.submit], courses: [])
        directory.keep(token)
        try await Task.sleep(for: Access.openRecheck + .milliseconds(100))
        #expect(await status(access, nil) == 401)
        #expect(await status(access, "Bearer \(text)") == 200)
    }

    @Test func onlyTheWholeTokenIsValid() async throws {
        let directory = Directory()
        let (text, token) = TokenText.make(name: "t", roles: [.submit], courses: [])
        directory.keep(token)
        let access = Access(directory)
        #expect(await status(access, "Bearer \(text)") == 200)
        #expect(await status(access, "bearer  \(text)") == 200)
        for wrong in [
            "", "Bearer", "Bearer ", "Basic \(text)", "Bearer \(text)x", "Bearer \(text.dropLast())0x",
            "Bearer \(text.dropLast())" + (text.hasSuffix("0") ? "1" : "0"), "Bearer assay_\(token.id)_", text,
            "Bearer " + String(repeating: "a", count: 10_000),
        ] {
            #expect(await status(access, wrong) == 401, "\(wrong.prefix(80))")
        }
        var revoked = token
        revoked.revokedAt = Date()
        directory.keep(revoked)
        #expect(await status(access, "Bearer \(text)") == 401)
    }

    private typealias Opening = (roles: Set<Role>, needed: [Role], status: Int)

    private static let openings: [Opening] = [
        ([.submit], [.submit], 200), ([.submit], [.read], 403), ([.teacher], [.read], 200),
        ([.teacher], [.submit], 200), ([.teacher], [.metrics], 403), ([.admin], [.metrics], 200), ([.metrics], [], 200),
        ([.metrics], [.submit, .read], 403), ([.read], [.submit, .read], 200),
    ]

    @Test(arguments: openings)
    private func rolesOpenWhatTheyShould(_ opening: Opening) async throws {
        let directory = Directory()
        let (text, token) = TokenText.make(name: "t", roles: opening.roles, courses: [])
        directory.keep(token)
        #expect(await status(Access(directory), "Bearer \(text)", any: opening.needed) == opening.status)
    }

    @Test func whatIsNotOnesOwnOrCourseIsNotSeen() throws {
        func submission(course: String?, token: String?) throws -> Submission {
            Submission(
                id: SubmissionID(),
                draft: SubmissionDraft(
                    language: "c", files: [], task: .catalog("t"), owner: Owner(course: course, token: token)),
                createdAt: Date(), demand: ResourceDemand(cpus: 1, memory: 1), state: .queued(attempts: 0))
        }
        let own = Principal(token: "a", name: "a", roles: [.submit], courses: [])
        #expect(own.maySee(try submission(course: "x", token: "a")))
        #expect(!own.maySee(try submission(course: "x", token: "b")))
        #expect(!own.maySee(try submission(course: nil, token: nil)))
        let reader = Principal(token: "r", name: "r", roles: [.read], courses: ["x"])
        #expect(reader.maySee(try submission(course: "x", token: "b")))
        #expect(!reader.maySee(try submission(course: "y", token: "b")))
        #expect(!reader.maySee(try submission(course: nil, token: "b")))
        #expect(Principal.anyone.maySee(try submission(course: "y", token: "b")))
    }

    @Test func tokensDoNotRepeatAndHoldNoSecretInWhatIsKept() {
        let made = (0..<100).map { _ in TokenText.make(name: "t", roles: [], courses: []) }
        #expect(Set(made.map(\.text)).count == made.count)
        for (text, token) in made {
            #expect(TokenText.id(in: text) == token.id)
            #expect(TokenText.matches(text, token))
            #expect(token.hash.count == 32)
        }
    }
}
