import Core
import Foundation
import Testing

@testable import Grading
@testable import Storage

/// Places and times, worked out from an order and a pace.
@Suite struct QueueOutlookTests {
    private static func entry(_ language: String, _ priority: PriorityClass = .interactive, cpus: Int = 1)
        -> QueuedEntry
    {
        QueuedEntry(
            id: SubmissionID(at: Date()), language: language, task: nil, priority: priority,
            demand: ResourceDemand(cpus: cpus, memory: 1))
    }

    private static func pace(
        _ seconds: [String: Double], running: [QueuePace.Running] = [], endedLately: Int = 0
    ) -> QueuePace {
        let durations = Dictionary(
            uniqueKeysWithValues: seconds.map {
                (WorkKind(task: nil, language: $0.key), QueuePace.Mean(duration: .seconds($0.value), count: 4))
            })
        return QueuePace(durations: durations, running: running, endedLately: endedLately)
    }

    private static func submission(_ language: String, _ priority: PriorityClass = .interactive) throws -> Submission {
        var draft = try Fixtures.draft()
        (draft.language, draft.priority) = (language, priority)
        return Submission(
            id: SubmissionID(at: Date()), draft: draft, createdAt: Date(), demand: ResourceDemand(cpus: 1, memory: 1),
            state: .queued(attempts: 0))
    }

    @Test func timesAreDividedBySlots() {
        let order = (0..<4).map { _ in Self.entry("c") }
        let one = QueueOutlook(order: order, pace: Self.pace(["c": 2]), slots: 1)
        let two = QueueOutlook(order: order, pace: Self.pace(["c": 2]), slots: 2)
        #expect(order.map { one.places[$0.id]?.position } == [1, 2, 3, 4])
        #expect(order.map { one.places[$0.id]?.wait } == [2, 4, 6, 8].map { .seconds($0) })
        #expect(order.map { two.places[$0.id]?.wait } == [2, 2, 4, 4].map { .seconds($0) })
    }

    @Test func eachLanguageTakesItsOwnTime() {
        let order = [Self.entry("c"), Self.entry("java"), Self.entry("unseen")]
        let outlook = QueueOutlook(order: order, pace: Self.pace(["c": 1, "java": 3]), slots: 1)
        // What was never seen takes as long as everything on average.
        #expect(order.map { outlook.places[$0.id]?.wait } == [1, 4, 6].map { .seconds($0) })
    }

    @Test func whatRunsIsWaitedFor() {
        let now = Date()
        let running = QueuePace.Running(
            id: SubmissionID(at: now), kind: WorkKind(task: nil, language: "c"), cpus: 2,
            since: now.addingTimeInterval(-4))
        let order = [Self.entry("c"), Self.entry("c", cpus: 2), Self.entry("c")]
        let outlook = QueueOutlook(order: order, pace: Self.pace(["c": 10], running: [running]), slots: 2, at: now)
        #expect(order.map { outlook.places[$0.id]?.wait } == [16, 26, 36].map { .seconds($0) })
    }

    @Test func aNewcomerStandsBehindItsClass() throws {
        let order = [Self.entry("c", .exam), Self.entry("c", .homework), Self.entry("c", .homework)]
        let outlook = QueueOutlook(order: order, pace: Self.pace(["c": 1]), slots: 1)
        #expect(try outlook.place(of: Self.submission("c", .exam)).position == 2)
        #expect(try outlook.place(of: Self.submission("c", .interactive)).position == 2)
        #expect(try outlook.place(of: Self.submission("c", .homework)).position == 4)
        #expect(try outlook.place(of: Self.submission("c", .rejudge)).position == 4)
        #expect(try QueueOutlook().place(of: Self.submission("c")).position == 1)
        // In a list, too.
        let row = SubmissionSummary(
            id: SubmissionID(at: Date()), language: "c", task: nil, course: nil, user: nil, priority: .homework,
            status: .queued, createdAt: Date(), startedAt: nil, finishedAt: nil, metadata: [:], result: nil)
        #expect(outlook.place(of: row)?.position == 4)
    }

    @Test func comeBackWhenATenthHasDrained() {
        // 600 in a minute are 10 a second; a tenth of 1,000 takes 10 seconds.
        let measured = QueueOutlook(order: [], pace: Self.pace([:], endedLately: 600), slots: 1)
        #expect(measured.retryAfter(waiting: 1000) == .seconds(10))
        #expect(measured.retryAfter(waiting: 1) == .seconds(1))
        #expect(measured.retryAfter(waiting: 1_000_000) == .seconds(300))
        // Nothing ended lately: as fast as the slots should be.
        let expected = QueueOutlook(order: [], pace: Self.pace(["c": 4]), slots: 2)
        #expect(expected.retryAfter(waiting: 100) == .seconds(20))
    }

    @Test func theFullQueueIsRememberedForAMoment() {
        let full = FullQueue()
        #expect(full.refusal == nil)
        full.remember(.queueFull(.submissions, retryAfter: .seconds(1)))
        #expect(full.refusal != nil)
    }
}
