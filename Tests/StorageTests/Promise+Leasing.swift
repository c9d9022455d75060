import Core
import Foundation
import Storage
import Testing

extension Promise {
    static let leasing = [
        Promise("what waits longest is claimed first") { fixture in
            let submissions = (0..<5).map { _ in Submission.sample() }
            for submission in submissions { try await fixture.store.insert(submission) }
            for submission in submissions {
                let lease = try #require(try await fixture.store.claim(node: "n", for: .seconds(30)))
                #expect(lease.submission.id == submission.id)
                #expect(lease.submission.draft == submission.draft)
                #expect(lease.attempt == 1 && lease.node == "n")
                #expect(abs(lease.expiresAt.timeIntervalSinceNow - 30) < 20)
                guard case .running(1, "n", _, false) = lease.submission.state else {
                    Issue.record("\(lease.submission.state)")
                    return
                }
            }
            #expect(try await fixture.store.claim() == nil)
        },
        Promise("what needs more than is free is passed over") { fixture in
            let (wide, large, small) = (
                Submission.sample(cpus: 4, memory: 10), Submission.sample(cpus: 1, memory: 1000),
                Submission.sample(cpus: 1, memory: 10)
            )
            for submission in [wide, large, small] { try await fixture.store.insert(submission) }
            #expect(try await fixture.store.claim(cpus: 0, memory: 10_000) == nil)
            #expect(try await fixture.store.claim(cpus: 3, memory: 999)?.submission.id == small.id)
            #expect(try await fixture.store.claim(cpus: 3, memory: 999) == nil)
            #expect(try await fixture.store.claim(cpus: 3, memory: 1000)?.submission.id == large.id)
            #expect(try await fixture.store.claim(cpus: 4, memory: 10)?.submission.id == wide.id)
        },
        Promise("a lease that is renewed is held") { fixture in
            try await fixture.store.insert(.sample())
            let lease = try #require(try await fixture.store.claim(for: .seconds(30)))
            for _ in 0..<5 {
                fixture.clock.advance(by: .seconds(20))
                #expect(try await fixture.store.claim(node: "b") == nil)
                #expect(try await fixture.store.renew(lease, for: .seconds(30)) == .held)
            }
            #expect(try await fixture.store.finish(lease, with: .sample()))
            #expect(try await fixture.store.renew(lease, for: .seconds(30)) == .lost)
        },
        Promise("a lease that ran out is claimed by another, and the first holder is refused") { fixture in
            let submission = Submission.sample()
            try await fixture.store.insert(submission)
            let first = try #require(try await fixture.store.claim(node: "a", for: .seconds(30)))
            fixture.clock.advance(by: .milliseconds(29_000))
            #expect(try await fixture.store.claim(node: "b") == nil)
            fixture.clock.advance(by: .milliseconds(1_000))
            let second = try #require(try await fixture.store.claim(node: "b"))
            #expect(second.submission.id == submission.id && second.attempt == 2)
            #expect(try await fixture.store.renew(first, for: .seconds(30)) == .lost)
            #expect(try await !fixture.store.finish(first, with: .sample(.wrongAnswer)))
            #expect(try await !fixture.store.finishCancelled(first))
            #expect(try await !fixture.store.release(first, countsAttempt: true))
            #expect(try await fixture.store.queueStatistics()[.running] == 1)
            #expect(try await fixture.store.finish(second, with: .sample(.accepted)))
            #expect(try await !fixture.store.finish(second, with: .sample(.wrongAnswer)))
            let kept = try await fixture.store.submission(submission.id)
            guard case .finished(let report, _, _) = kept?.state else {
                Issue.record("\(String(describing: kept?.state))")
                return
            }
            #expect(report.verdict == .accepted)
        },
        Promise("a lease that ran out unclaimed can be renewed and finished") { fixture in
            try await fixture.store.insert(.sample())
            let lease = try #require(try await fixture.store.claim(for: .seconds(30)))
            fixture.clock.advance(by: .seconds(60))
            #expect(try await fixture.store.renew(lease, for: .seconds(30)) == .held)
            #expect(try await fixture.store.claim(node: "b") == nil)
            fixture.clock.advance(by: .seconds(60))
            #expect(try await fixture.store.finish(lease, with: .sample()))
        },
        Promise("a lease from before the clock began anew has run out") { fixture in
            let submission = Submission.sample()
            try await fixture.store.insert(submission)
            fixture.clock.advance(by: .seconds(1_000_000))
            _ = try #require(try await fixture.store.claim(for: .seconds(30)))
            fixture.clock.advance(by: .seconds(-1_000_000))
            let lease = try #require(try await fixture.store.claim(node: "b"))
            #expect(lease.submission.id == submission.id && lease.attempt == 2)
            // Going back by less than the lease does not end it.
            fixture.clock.advance(by: .seconds(10))
            #expect(try await fixture.store.renew(lease, for: .seconds(30)) == .held)
            fixture.clock.advance(by: .seconds(-10))
            #expect(try await fixture.store.renew(lease, for: .seconds(30)) == .held)
            #expect(try await fixture.store.claim(node: "c") == nil)
        },
        Promise("a released submission goes back to its place") { fixture in
            let (first, second) = (Submission.sample(), Submission.sample())
            try await fixture.store.insert(first, second)
            let lease = try #require(try await fixture.store.claim())
            #expect(try await fixture.store.release(lease, countsAttempt: false))
            #expect(try await fixture.store.submission(first.id)?.state == .queued(attempts: 0))
            let again = try #require(try await fixture.store.claim())
            #expect(again.submission.id == first.id && again.attempt == 1)
            // The same attempt number, but not the same lease.
            #expect(try await !fixture.store.finish(lease, with: .sample()))
            #expect(try await fixture.store.renew(lease, for: .seconds(30)) == .lost)
            #expect(try await fixture.store.release(again, countsAttempt: true))
            #expect(try await fixture.store.submission(first.id)?.state == .queued(attempts: 1))
            #expect(try await fixture.store.claim()?.attempt == 2)
        },
        Promise("what failed three times is not claimed again but ended") { fixture in
            let (killer, other) = (Submission.sample(), Submission.sample())
            try await fixture.store.insert(killer, other)
            for attempt in 1...3 {
                let lease = try #require(try await fixture.store.claim(for: .seconds(30)))
                #expect(lease.submission.id == killer.id && lease.attempt == attempt)
                if attempt == 2 {
                    #expect(try await fixture.store.release(lease, countsAttempt: true))
                } else {
                    fixture.clock.advance(by: .seconds(30))
                }
            }
            let report = Report.sample(.internalError)
            let next = try #require(try await fixture.store.claim(for: .seconds(600)))
            #expect(next.submission.id == other.id)
            let ended = try await fixture.store.expireLostAttempts(maximum: 3) { submission, failures in
                #expect(submission.id == killer.id && failures == 3)
                return report
            }
            #expect(ended == [killer.id])
            guard case .finished(report, _, _) = try await fixture.store.submission(killer.id)?.state else {
                Issue.record("not finished")
                return
            }
            #expect(try await fixture.store.expireLostAttempts(maximum: 3) { _, _ in report } == [])
            #expect(try await fixture.store.renew(next, for: .seconds(1)) == .held)
            #expect(
                try await fixture.store.queueStatistics().submissions
                    == [.queued: 0, .running: 1, .finished: 1, .cancelled: 0])
        },
        Promise("an attempt under way is not ended, even the last") { fixture in
            try await fixture.store.insert(.sample())
            for _ in 1...2 {
                let lease = try #require(try await fixture.store.claim())
                #expect(try await fixture.store.release(lease, countsAttempt: true))
            }
            let lease = try #require(try await fixture.store.claim(for: .seconds(30)))
            #expect(try await fixture.store.expireLostAttempts(maximum: 3) { _, _ in .sample() } == [])
            #expect(try await fixture.store.finish(lease, with: .sample()))
        },
        Promise("a node that starts again gets back what it left") { fixture in
            try await fixture.store.insert(.sample(), .sample(), .sample())
            let (mine, theirs) = (
                try #require(try await fixture.store.claim(node: "a")),
                try #require(try await fixture.store.claim(node: "b"))
            )
            #expect(try await fixture.store.releaseAll(of: "a") == 1)
            #expect(try await fixture.store.renew(mine, for: .seconds(30)) == .lost)
            #expect(try await fixture.store.renew(theirs, for: .seconds(30)) == .held)
            let again = try #require(try await fixture.store.claim(node: "a"))
            #expect(again.submission.id == mine.submission.id && again.attempt == 2)
            #expect(try await fixture.store.releaseAll(of: "c") == 0)
        },
        Promise("the next expiry is that of the lease that ends first") { fixture in
            #expect(try await fixture.store.nextLeaseExpiry() == nil)
            try await fixture.store.insert(.sample(), .sample(), .sample())
            #expect(try await fixture.store.nextLeaseExpiry() == nil)
            _ = try await fixture.store.claim(for: .seconds(500))
            _ = try await fixture.store.claim(for: .seconds(100))
            let next = try #require(try await fixture.store.nextLeaseExpiry())
            #expect(abs(next.timeIntervalSinceNow - 100) < 30)
        },
    ]
}
