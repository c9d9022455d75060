import Core
import Foundation
import Storage
import Testing

extension Promise {
    static let racing = [
        Promise("many claimers never get the same submission") { fixture in
            let count = 200
            let submissions = (0..<count).map { _ in Submission.sample() }
            try await fixture.store.insert(submissions, within: QueueLimits())
            let other = try await fixture.another()
            let claimed = try await withThrowingTaskGroup(of: [SubmissionID].self) { group in
                for number in 0..<16 {
                    let store = number.isMultiple(of: 2) ? fixture.store : other
                    group.addTask {
                        var mine: [SubmissionID] = []
                        while let lease = try await store.claim(node: "node-\(number)", for: .seconds(600)) {
                            mine.append(lease.submission.id)
                            #expect(try await store.finish(lease, with: .sample()))
                        }
                        return mine
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claimed.count == count)
            #expect(Set(claimed) == Set(submissions.map(\.id)))
            let statistics = try await fixture.store.queueStatistics()
            #expect(statistics.submissions == [.queued: 0, .running: 0, .finished: count, .cancelled: 0])
            await other.close()
        },
        Promise("inserting at the same time never goes beyond the bound of one node") { fixture in
            let limits = QueueLimits(submissions: 20)
            let taken = await withTaskGroup(of: Int.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        do throws(StorageError) {
                            try await fixture.store.insert([.sample()], within: limits)
                            return 1
                        } catch {
                            #expect(error == .queueFull(.submissions))
                            return 0
                        }
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(taken == 20)
            let statistics = try await fixture.store.queueStatistics()
            #expect(statistics[.queued] == 20)
        },
        Promise("cancelling and finishing at the same time gives one end, the same to all") { fixture in
            let store = fixture.store
            for _ in 0..<20 {
                let submission = Submission.sample()
                try await store.insert(submission)
                let lease = try #require(try await store.claim())
                async let cancelling = store.cancel(submission.id)
                async let finishing = store.finish(lease, with: .sample())
                let (cancelled, finished) = try await (cancelling, finishing)
                #expect(finished)
                switch cancelled {
                case .asked, .alreadyFinal: break
                default: Issue.record("\(cancelled)")
                }
                #expect(try await store.submission(submission.id)?.state.status == .finished)
            }
        },
        Promise("cancelling and claiming at the same time never does both") { fixture in
            let store = fixture.store
            for _ in 0..<20 {
                let submission = Submission.sample()
                try await store.insert(submission)
                async let cancelling = store.cancel(submission.id)
                async let claiming = store.claim()
                let (cancelled, lease) = try await (cancelling, claiming)
                switch cancelled {
                case .cancelled: #expect(lease == nil)
                case .asked:
                    let lease = try #require(lease)
                    #expect(try await store.finishCancelled(lease))
                default: Issue.record("\(cancelled)")
                }
                #expect(try await store.submission(submission.id)?.state.status == .cancelled)
            }
            #expect(try await store.queueStatistics()[.cancelled] == 20)
        },
        Promise("two holders of one submission: only the later one's report counts") { fixture in
            let store = fixture.store
            for _ in 0..<10 {
                try await store.insert(.sample())
                let first = try #require(try await store.claim(for: .seconds(30)))
                fixture.clock.advance(by: .seconds(30))
                async let claiming = store.claim(node: "b", for: .seconds(30))
                async let finishing = store.finish(first, with: .sample(.wrongAnswer))
                let (second, finished) = try await (claiming, finishing)
                // Either it was claimed first, then the first report is refused, or it was finished first.
                #expect(finished == (second == nil))
                if let second { #expect(try await store.finish(second, with: .sample())) }
            }
        },
        Promise("a write goes on when its task is cancelled") { fixture in
            let submission = Submission.sample()
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await fixture.store.insert(submission)
            }
            try await task.value
            #expect(try await fixture.store.submission(submission.id) == submission)
        },
    ]
}
