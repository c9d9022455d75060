import Core
import Foundation
import Storage
import Testing

extension Promise {
    static let repeating = [
        Promise("a request with the same key is done once") { fixture in
            let store = fixture.store
            let key = IdempotencyKey(scope: "t", key: "k", fingerprint: [1, 2])
            let (first, second) = (Submission.sample(), Submission.sample())
            #expect(try await store.insert([first, second], within: QueueLimits(), once: key) == .new)
            let again = try await store.insert(
                [.sample(), .sample()], within: QueueLimits(submissions: 0), once: key)
            #expect(again == .repeated([first.id, second.id]))
            await #expect(throws: StorageError.keyReused) {
                try await store.insert(
                    [.sample()], within: QueueLimits(),
                    once: IdempotencyKey(scope: "t", key: "k", fingerprint: [1, 3]))
            }
            let other = IdempotencyKey(scope: "u", key: "k", fingerprint: [9])
            #expect(try await store.insert([.sample()], within: QueueLimits(), once: other) == .new)
            #expect(try await store.queueStatistics()[.queued] == 3)
            #expect(try await store.forgetKeys(usedBefore: .now.addingTimeInterval(-60)) == 0)
            #expect(try await store.forgetKeys(usedBefore: .now.addingTimeInterval(60)) == 2)
            #expect(try await store.insert([.sample()], within: QueueLimits(), once: key) == .new)
        },
        Promise("a request that was refused leaves its key unused") { fixture in
            let key = IdempotencyKey(scope: "", key: "k", fingerprint: [])
            await #expect(throws: StorageError.queueFull(.submissions)) {
                try await fixture.store.insert([.sample()], within: QueueLimits(submissions: 0), once: key)
            }
            let insertion = try await fixture.store.insert([.sample()], within: QueueLimits(), once: key)
            #expect(insertion == .new)
        },
        Promise("requests with the same key at the same moment are done once") { fixture in
            let other = try await fixture.another()
            let key = IdempotencyKey(scope: "t", key: "k", fingerprint: [])
            let results = try await withThrowingTaskGroup(of: Insertion.self) { group in
                for number in 0..<20 {
                    let store = number.isMultiple(of: 2) ? fixture.store : other
                    group.addTask { try await store.insert([.sample()], within: QueueLimits(), once: key) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results.count { $0 == .new } == 1)
            #expect(Set(results).count == 2)
            #expect(try await fixture.store.queueStatistics()[.queued] == 1)
            await other.close()
        },
        Promise("what is judged again keeps the reports it had") { fixture in
            let store = fixture.store
            let (submission, waiting) = (Submission.sample(), Submission.sample())
            try await store.insert(submission)
            _ = try await store.finish(#require(try await store.claim()), with: .sample(.wrongAnswer))
            try await store.insert(waiting)
            for round in 1...2 {
                let rejudged = try await store.rejudge(
                    [submission.id, waiting.id, SubmissionID()], within: QueueLimits())
                #expect(rejudged == [submission.id])
                #expect(try await store.submission(submission.id)?.state == .queued(attempts: 0))
                #expect(try await store.history(of: submission.id).count == round)
                // Behind what is new.
                let next = try #require(try await store.claim())
                if round == 1 {
                    #expect(next.submission.id == waiting.id)
                    _ = try await store.finishCancelled(next)
                }
                let lease = round == 1 ? try #require(try await store.claim()) : next
                #expect(lease.submission.id == submission.id && lease.attempt == 1)
                #expect(try await store.finish(lease, with: .sample(round == 1 ? .runtimeError : .accepted)))
            }
            let history = try await store.history(of: submission.id)
            #expect(history.map(\.report.verdict) == [.wrongAnswer, .runtimeError])
            #expect(history.allSatisfy { $0.startedAt <= $0.finishedAt })
            let summary = try await store.list(SubmissionFilter(verdict: .accepted), limit: 2)
            #expect(summary.map(\.id) == [submission.id])
            #expect(
                try await store.queueStatistics().submissions
                    == [.queued: 0, .running: 0, .finished: 1, .cancelled: 1])
        },
        Promise("judging again keeps to the bound of the queue, all or none") { fixture in
            let store = fixture.store
            let submissions = [Submission.sample(), .sample()]
            try await store.insert(submissions, within: QueueLimits())
            while let lease = try await store.claim() { _ = try await store.finish(lease, with: .sample()) }
            await #expect(throws: StorageError.queueFull(.submissions)) {
                try await store.rejudge(submissions.map(\.id), within: QueueLimits(submissions: 1))
            }
            #expect(try await store.queueStatistics()[.finished] == 2)
            #expect(try await store.history(of: submissions[0].id).isEmpty)
            #expect(try await store.rejudge(submissions.map(\.id), within: QueueLimits(submissions: 2)).count == 2)
            #expect(try await store.queueStatistics()[.queued] == 2)
        },
        Promise("what ended long ago can be deleted, and nothing else") { fixture in
            let store = fixture.store
            let submissions = (0..<5).map { _ in Submission.sample(metadata: ["a": "b"]) }
            try await store.insert(submissions, within: QueueLimits())
            for _ in 0..<3 { _ = try await store.finish(#require(try await store.claim()), with: .sample()) }
            _ = try await store.cancel(submissions[3].id)
            #expect(try await store.rejudge([submissions[0].id], within: QueueLimits()).count == 1)
            _ = try await store.finish(#require(try await store.claim { $0.id == submissions[0].id }), with: .sample())
            #expect(try await store.purge(endedBefore: .now.addingTimeInterval(-60)) == 0)
            let later = Date.now.addingTimeInterval(60)
            #expect(try await store.purge(endedBefore: later, limit: 3) == 3)
            #expect(try await store.purge(endedBefore: later, limit: 3) == 1)
            #expect(try await store.purge(endedBefore: later, limit: 3) == 0)
            let left = try await store.list(SubmissionFilter(metadata: ["a": "b"]), limit: 10)
            #expect(left.map(\.id) == [submissions[4].id])
            #expect(try await store.submission(submissions[0].id) == nil)
            #expect(try await store.history(of: submissions[0].id).isEmpty)
            let counts = try await store.queueStatistics().submissions
            #expect(counts[.finished] == 0 && counts[.cancelled] == 0)
        },
    ]
}

extension Store {
    /// Claims until one meets `condition`; the others go back.
    fileprivate func claim(_ condition: (Submission) -> Bool) async throws -> Lease? {
        var others: [Lease] = []
        while let lease = try await claim() {
            if condition(lease.submission) {
                for other in others { _ = try await release(other, countsAttempt: false) }
                return lease
            }
            others.append(lease)
        }
        return nil
    }
}
