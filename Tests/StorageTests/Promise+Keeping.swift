import Core
import Foundation
import Storage
import Testing

extension Promise {
    static let keeping = [
        Promise("a submission comes back as it was handed in") { fixture in
            let task = GradingTask(
                languages: ["c"], network: .egress(EgressRules(allow: ["192.0.2.0/24:443"], bytesPerSecond: 1)),
                judging: .testCases(
                    [
                        TestCase(
                            name: "t", stdin: [0, 255, 10], arguments: ["-x", ""], expectedOutput: [], points: 0.1)
                    ],
                    .numbers(absolute: 1e-9, relative: .infinity), stopOnFirstFailure: true))
            var limits = LimitsRequest()
            limits.cpuTime = .seconds(0.1)
            limits.memory = .max
            let draft = SubmissionDraft(
                language: "c++", files: [SourceFile(path: try RelativePath("ä/b.c"), contents: [], isExecutable: true)],
                entryFile: try RelativePath("ä/b.c"), task: .inline(task), limits: limits, backend: "native",
                metadata: ["": "", "nul\0": "\u{0}\u{1F600}"])
            let submission = Submission(
                id: SubmissionID(), draft: draft, createdAt: Date(timeIntervalSince1970: 1_700_000_000.123),
                demand: ResourceDemand(cpus: 3, memory: 1 << 50), state: .queued(attempts: 0))
            try await fixture.store.insert(submission)
            #expect(try await fixture.store.submission(submission.id) == submission)
            let other = try await fixture.another()
            #expect(try await other.submission(submission.id) == submission)
            await other.close()
        },
        Promise("an unknown id is nil") { fixture in
            let found = try await fixture.store.submission(SubmissionID())
            #expect(found == nil)
        },
        Promise("a report comes back as it was recorded") { fixture in
            let submission = Submission.sample()
            try await fixture.store.insert(submission)
            let lease = try #require(try await fixture.store.claim())
            #expect(try await fixture.store.finish(lease, with: .sample(.wrongAnswer)))
            let kept = try #require(try await fixture.store.submission(submission.id))
            guard case .finished(let report, let started, let finished) = kept.state else {
                Issue.record("\(kept.state)")
                return
            }
            #expect(report == .sample(.wrongAnswer))
            #expect(started <= finished)
            #expect(abs(finished.timeIntervalSinceNow) < 60)
            #expect(kept.draft == submission.draft)
        },
        Promise("a draft of eight megabytes is kept") { fixture in
            let submission = Submission.sample(bytes: 8 << 20)
            try await fixture.store.insert(submission)
            #expect(try await fixture.store.submission(submission.id) == submission)
        },
        Promise("inserting the same submission again changes nothing") { fixture in
            let submission = Submission.sample(metadata: ["a": "b"])
            try await fixture.store.insert(submission)
            let lease = try #require(try await fixture.store.claim())
            try await fixture.store.insert(submission, submission)
            #expect(try await fixture.store.claim() == nil)
            #expect(try await fixture.store.finish(lease, with: .sample()))
            let statistics = try await fixture.store.queueStatistics()
            #expect(statistics[.finished] == 1 && statistics[.queued] == 0 && statistics.queuedBytes == 0)
        },
        Promise("only queued submissions can be inserted") { fixture in
            var submission = Submission.sample()
            submission.state = .cancelled(at: .now)
            let running = submission
            await #expect(throws: StorageError.self) { try await fixture.store.insert(running) }
        },
        Promise("names with a NUL are refused, and looking for them finds nothing") { fixture in
            await #expect(throws: StorageError.self) { try await fixture.store.insert(.sample(language: "c\0")) }
            await #expect(throws: StorageError.self) { try await fixture.store.insert(.sample(task: .catalog("\0"))) }
            try await fixture.store.insert(.sample())
            #expect(try await fixture.store.list(SubmissionFilter(language: "c\0"), limit: 1).isEmpty)
            #expect(try await fixture.store.list(SubmissionFilter(task: "\0"), limit: 1).isEmpty)
        },
        Promise("a closed store says so") { fixture in
            let store = try await fixture.another()
            await store.close()
            await store.close()
            await #expect(throws: StorageError.closed) { try await store.submission(SubmissionID()) }
            await #expect(throws: StorageError.closed) { try await store.insert(.sample()) }
        },
        Promise("a store that can be written says so") { fixture in
            #expect(await fixture.store.checkWritable() == nil)
        },
    ]
}
