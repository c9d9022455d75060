import Core
import Foundation
import Storage
import Testing

extension Promise {
    static let attempting = [
        Promise("a student's earlier submissions for a task are found, newest first, and nobody else's") { fixture in
            let store = fixture.store
            let alice = Owner(course: "c", user: "alice", token: "t")
            let mine = [Submission.of(alice, at: 1), .of(alice, at: 2), .of(alice, at: 3)]
            let others = [
                Submission.of(Owner(course: "c", user: "bob", token: "t"), at: 1),
                .of(Owner(course: "d", user: "alice", token: "t"), at: 1),
                .of(Owner(user: "alice", token: "t"), at: 1),
                .of(Owner(course: "c", user: "alice", token: "u"), at: 1),
                .of(Owner(course: "c", user: "alice"), at: 1),
                .of(Owner(course: "c", token: "t"), at: 1),
                .of(alice, at: 1, task: "other"),
            ]
            try await store.insert(mine + others, within: QueueLimits())
            let now = Submission.of(alice, at: 4)
            #expect(try await store.earlier(than: now, limit: 9).isEmpty, "nothing has a report yet")
            while let lease = try await store.claim() {
                #expect(try await store.finish(lease, with: .sample(.wrongAnswer)))
            }
            let found = try await store.earlier(than: now, limit: 9)
            #expect(found.map(\.id) == mine.reversed().map(\.id))
            #expect(found.first?.score == 1.5 && found.first?.verdict == .wrongAnswer)
            #expect(found.map(\.createdAt) == mine.reversed().map(\.createdAt))
            #expect(try await store.earlier(than: now, limit: 2).map(\.id) == [mine[2].id, mine[1].id])
            #expect(try await store.countEarlier(than: now) == 3)
            #expect(try await store.countEarlier(than: mine[1]) == 1, "only what came before")
            #expect(try await store.report(of: mine[0].id) == .sample(.wrongAnswer))
            #expect(try await store.report(of: SubmissionID()) == nil)
        },
        Promise("who names no user, and what is no task of the catalogue, has no earlier submissions") { fixture in
            let store = fixture.store
            let nobody = Owner(course: "c", token: "t")
            let alice = Owner(user: "alice")
            var inline = Submission.of(alice, at: 1)
            inline = Submission(
                id: inline.id,
                draft: SubmissionDraft(
                    language: "c", files: inline.draft.files,
                    task: .inline(GradingTask(judging: .testCases([], .exact, stopOnFirstFailure: false))),
                    owner: alice),
                createdAt: inline.createdAt, demand: inline.demand, state: inline.state)
            try await store.insert([.of(nobody, at: 1), inline, .of(alice, at: 1)], within: QueueLimits())
            while let lease = try await store.claim() { #expect(try await store.finish(lease, with: .sample())) }
            #expect(try await store.countEarlier(than: .of(nobody, at: 2)) == 0)
            #expect(try await store.earlier(than: .of(nobody, at: 2), limit: 9).isEmpty)
            #expect(try await store.countEarlier(than: .of(alice, at: 2)) == 1, "where there are no tokens")
        },
    ]
}

extension Submission {
    /// One of `owner`, `second` seconds into the test.
    fileprivate static func of(_ owner: Owner, at second: Int, task: String = "sum") -> Submission {
        let sample = Submission.sample(
            task: .catalog(task), createdAt: Date(timeIntervalSince1970: 1_700_000_000 + Double(second)))
        var draft = sample.draft
        draft.owner = owner
        return Submission(
            id: sample.id, draft: draft, createdAt: sample.createdAt, demand: sample.demand, state: sample.state)
    }
}
