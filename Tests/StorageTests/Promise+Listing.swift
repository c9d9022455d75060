import Core
import Foundation
import Storage
import Testing

extension Promise {
    static let listing = [
        Promise("pages follow one another, newest first, without gap or repetition") { fixture in
            let start = Date(timeIntervalSince1970: 1_700_000_000)
            var ids: [SubmissionID] = []
            for number in 0..<25 {
                let submission = Submission.sample(createdAt: start.addingTimeInterval(Double(number)))
                ids.append(submission.id)
                try await fixture.store.insert(submission)
            }
            var (seen, cursor): ([SubmissionID], SubmissionID?) = ([], nil)
            repeat {
                let page = try await fixture.store.list(SubmissionFilter(), before: cursor, limit: 10)
                seen += page.map(\.id)
                cursor = page.last?.id
            } while cursor != nil
            #expect(seen == ids.reversed())
            #expect(try await fixture.store.list(SubmissionFilter(), limit: 0).isEmpty)
            #expect(try await fixture.store.list(SubmissionFilter(), limit: -1).isEmpty)
        },
        Promise("pages by number, and counts, agree with the list") { fixture in
            let start = Date(timeIntervalSince1970: 1_700_000_000)
            var ids: [SubmissionID] = []
            for number in 0..<7 {
                let submission = Submission.sample(
                    language: number % 2 == 0 ? "c" : "d", createdAt: start.addingTimeInterval(Double(number)))
                ids.insert(submission.id, at: 0)
                try await fixture.store.insert(submission)
            }
            #expect(try await fixture.store.list(SubmissionFilter(), skip: 2, limit: 3).map(\.id) == Array(ids[2..<5]))
            #expect(try await fixture.store.list(SubmissionFilter(), skip: 7, limit: 3).isEmpty)
            #expect(try await fixture.store.count(SubmissionFilter()) == 7)
            #expect(try await fixture.store.count(SubmissionFilter(language: "d")) == 3)
        },
        Promise("only what has ended is removed, and nothing of it stays") { fixture in
            let store = fixture.store
            let submission = Submission.sample(metadata: ["user": "ada"])
            try await store.insert(submission)
            guard case .notFinal = try await store.remove(submission.id) else {
                Issue.record("a queued submission was removed")
                return
            }
            let lease = try #require(try await store.claim())
            #expect(try await store.finish(lease, with: .sample(.accepted)))
            guard case .removed(let removed) = try await store.remove(submission.id) else {
                Issue.record("a finished submission was not removed")
                return
            }
            #expect(removed.id == submission.id)
            #expect(try await store.submission(submission.id) == nil)
            #expect(try await store.remove(submission.id) == .notFound)
            #expect(try await store.count(SubmissionFilter(metadata: ["user": "ada"])) == 0)
            #expect(try await store.queueStatistics()[.finished] == 0)
        },
        Promise("a summary holds the figures of the report") { fixture in
            let submission = Submission.sample(metadata: ["user": "ada", "nul": "\0"])
            try await fixture.store.insert(submission)
            var summary = try #require(try await fixture.store.list(SubmissionFilter(), limit: 1).first)
            #expect(summary.id == submission.id && summary.language == "python" && summary.task == "sum")
            #expect(summary.status == .queued && summary.createdAt == submission.createdAt && summary.result == nil)
            #expect(summary.startedAt == nil && summary.finishedAt == nil)
            #expect(summary.metadata == ["user": "ada", "nul": "\0"])
            let lease = try #require(try await fixture.store.claim())
            #expect(try await fixture.store.finish(lease, with: .sample(.runtimeError)))
            summary = try #require(try await fixture.store.list(SubmissionFilter(), limit: 1).first)
            let report = Report.sample(.runtimeError)
            #expect(summary.status == .finished && summary.startedAt != nil && summary.finishedAt != nil)
            let result = try #require(summary.result)
            #expect(result.verdict == .runtimeError && result.score == 1.5 && result.maximumScore == 2)
            #expect(result.cpuTime == report.cpuTime && result.wallTime == report.wallTime)
            #expect(result.peakMemory == report.peakMemory)
        },
        Promise("every condition of a filter selects, alone and together") { fixture in
            let start = Date(timeIntervalSince1970: 1_700_000_000)
            let store = fixture.store
            let inline = TaskReference.inline(GradingTask(judging: .testCases([], .exact, stopOnFirstFailure: false)))
            let submissions = [
                Submission.sample(
                    language: "c", task: .catalog("x"), metadata: ["u": "1", "v": "1"], createdAt: start),
                Submission.sample(
                    language: "c", task: .catalog("y"), metadata: ["u": "2"], createdAt: start.addingTimeInterval(1)),
                Submission.sample(
                    language: "d", task: inline, metadata: ["u": "1"], createdAt: start.addingTimeInterval(2)),
                Submission.sample(
                    language: "e", task: .catalog("x"), metadata: ["u\0": "1"], createdAt: start.addingTimeInterval(3)),
            ]
            for submission in submissions { try await store.insert(submission) }
            let (first, _) = (try #require(try await store.claim()), try #require(try await store.claim()))
            #expect(try await store.finish(first, with: .sample(.compileError)))
            _ = try await store.cancel(submissions[2].id)
            let expected: [(SubmissionFilter, [Int])] = [
                (SubmissionFilter(), [3, 2, 1, 0]),
                (SubmissionFilter(status: .finished), [0]), (SubmissionFilter(status: .running), [1]),
                (SubmissionFilter(status: .cancelled), [2]), (SubmissionFilter(status: .queued), [3]),
                (SubmissionFilter(verdict: .compileError), [0]), (SubmissionFilter(verdict: .accepted), []),
                (SubmissionFilter(language: "c"), [1, 0]), (SubmissionFilter(language: "C"), []),
                (SubmissionFilter(task: "x"), [3, 0]), (SubmissionFilter(task: "' OR 1=1 --"), []),
                (SubmissionFilter(metadata: ["u": "1"]), [2, 0]),
                (SubmissionFilter(metadata: ["u": "1", "v": "1"]), [0]),
                (SubmissionFilter(metadata: ["u\0": "1"]), [3]),
                (SubmissionFilter(createdAfter: start.addingTimeInterval(1)), [3, 2, 1]),
                (SubmissionFilter(createdBefore: start.addingTimeInterval(1)), [0]),
                (SubmissionFilter(status: .finished, language: "c", task: "x", metadata: ["u": "1"]), [0]),
                (SubmissionFilter(status: .queued, language: "c"), []),
            ]
            for (filter, numbers) in expected {
                let list = try await store.list(filter, limit: 10)
                #expect(list.map(\.id) == numbers.map { submissions[$0].id }, "\(filter)")
            }
        },
    ]
}
