import Core
import Foundation
import Storage
import Testing

extension Promise {
    static let cancelling = [
        Promise("what waits is cancelled at once") { fixture in
            let submission = Submission.sample()
            try await fixture.store.insert(submission)
            guard case .cancelled(let cancelled) = try await fixture.store.cancel(submission.id) else {
                Issue.record("not cancelled")
                return
            }
            #expect(cancelled.state.status == .cancelled && cancelled.draft == submission.draft)
            #expect(try await fixture.store.claim() == nil)
            #expect(try await fixture.store.cancel(submission.id) == .alreadyFinal(cancelled))
        },
        Promise("what runs is asked, and cancelled by its holder") { fixture in
            let submission = Submission.sample()
            try await fixture.store.insert(submission)
            let lease = try #require(try await fixture.store.claim())
            guard case .asked(let asked) = try await fixture.store.cancel(submission.id),
                case .running(1, "a", _, true) = asked.state
            else {
                Issue.record("not asked")
                return
            }
            #expect(try await fixture.store.cancel(submission.id) == .asked(asked))
            #expect(try await fixture.store.renew(lease, for: .seconds(30)) == .cancellationAsked)
            #expect(try await fixture.store.finishCancelled(lease))
            #expect(try await !fixture.store.finish(lease, with: .sample()))
            #expect(try await fixture.store.submission(submission.id)?.state.status == .cancelled)
        },
        Promise("a report that was ready before the holder learnt of the cancellation counts") { fixture in
            let submission = Submission.sample()
            try await fixture.store.insert(submission)
            let lease = try #require(try await fixture.store.claim())
            _ = try await fixture.store.cancel(submission.id)
            #expect(try await fixture.store.finish(lease, with: .sample()))
            #expect(try await !fixture.store.finishCancelled(lease))
            guard case .alreadyFinal(let final) = try await fixture.store.cancel(submission.id) else {
                Issue.record("not final")
                return
            }
            #expect(final.state.status == .finished)
        },
        Promise("a released submission whose cancellation was asked is cancelled") { fixture in
            let submission = Submission.sample()
            try await fixture.store.insert(submission)
            let lease = try #require(try await fixture.store.claim())
            _ = try await fixture.store.cancel(submission.id)
            #expect(try await fixture.store.release(lease, countsAttempt: false))
            #expect(try await fixture.store.submission(submission.id)?.state.status == .cancelled)
            #expect(try await fixture.store.queueStatistics()[.cancelled] == 1)
        },
        Promise("what was asked to stop on a node that died is not graded again") { fixture in
            let submission = Submission.sample()
            try await fixture.store.insert(submission)
            _ = try #require(try await fixture.store.claim(for: .seconds(30)))
            _ = try await fixture.store.cancel(submission.id)
            fixture.clock.advance(by: .seconds(30))
            #expect(try await fixture.store.claim(node: "b") == nil)
            #expect(try await fixture.store.expireLostAttempts(maximum: 3) { _, _ in .sample() } == [submission.id])
            #expect(try await fixture.store.submission(submission.id)?.state.status == .cancelled)
        },
        Promise("what runs on a node that is lost is cancelled at once") { fixture in
            let submission = Submission.sample()
            try await fixture.store.insert(submission)
            let lease = try #require(try await fixture.store.claim(for: .seconds(30)))
            fixture.clock.advance(by: .seconds(30))
            guard case .cancelled = try await fixture.store.cancel(submission.id) else {
                Issue.record("not cancelled")
                return
            }
            #expect(try await !fixture.store.finish(lease, with: .sample()))
        },
        Promise("an unknown id is not found") { fixture in
            let result = try await fixture.store.cancel(SubmissionID())
            #expect(result == .notFound)
        },
    ]
}
