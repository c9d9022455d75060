import Core
import Foundation
import Storage
import Testing

extension Promise {
    private static func of(
        _ course: String? = nil, _ user: String? = nil, token: String? = nil, class priority: PriorityClass = .homework,
        createdAt: Date = .now, cpus: Int = 1
    ) -> Submission {
        let plain = Submission.sample(createdAt: createdAt, cpus: cpus)
        var draft = plain.draft
        draft.owner = Owner(course: course, user: user, token: token)
        draft.priority = priority
        return Submission(
            id: plain.id, draft: draft, createdAt: plain.createdAt, demand: plain.demand, state: plain.state)
    }

    /// Claims everything, one at a time, and gives back what came in which order.
    private static func drain(_ store: Store, agedShare: Double = 0) async throws -> [Submission] {
        var order: [Submission] = []
        let room = ResourceDemand(cpus: 64, memory: 1 << 40)
        let offer = ClaimOffer(node: "n", free: room, leaseDuration: .seconds(30), agedShare: agedShare)
        while let lease = try await store.claim(offer) {
            order.append(lease.submission)
            #expect(try await store.finish(lease, with: .sample()))
        }
        return order
    }

    static let sharing = [
        Promise("one user's flood delays another's submissions by one each") { fixture in
            let flood = (0..<50).map { _ in of("c", "flood") }
            try await fixture.store.insert(flood, within: QueueLimits())
            let first = try #require(try await fixture.store.claim())
            _ = try await fixture.store.finish(first, with: .sample())
            try await fixture.store.insert((0..<10).map { _ in of("c", "other") }, within: QueueLimits())
            let users = try await drain(fixture.store).map(\.draft.owner.user)
            #expect(users.count == 59)
            for turn in 0..<10 { #expect(Set(users[2 * turn..<2 * turn + 2]) == ["flood", "other"]) }
        },
        Promise("a user who comes back gets no credit for the time of absence, and no debt") { fixture in
            let store = fixture.store
            try await store.insert((0..<30).map { _ in of("c", "a") }, within: QueueLimits())
            _ = try await drain(store)
            try await store.insert((0..<4).map { _ in of("c", "a") }, within: QueueLimits())
            try await store.insert((0..<4).map { _ in of("c", "b") }, within: QueueLimits())
            let users = try await drain(store).map(\.draft.owner.user)
            for turn in 0..<4 { #expect(Set(users[2 * turn..<2 * turn + 2]) == ["a", "b"]) }
        },
        Promise("courses take turns, in proportion to their weights") { fixture in
            let store = fixture.store
            try await store.setWeight(3, of: "heavy")
            try await store.insert((0..<40).map { of("light", "u\($0)") }, within: QueueLimits())
            try await store.insert((0..<40).map { of("heavy", "u\($0)") }, within: QueueLimits())
            let order = try await store.queueOrder().map(\.id)
            let drained = try await drain(store)
            let courses = drained.map(\.draft.owner.course)
            let heavy = courses.prefix(40).count { $0 == "heavy" }
            #expect((29...31).contains(heavy), "\(heavy) of 40")
            // What was foretold.
            #expect(drained.map(\.id) == order)
        },
        Promise("the more urgent class goes first") { fixture in
            let classes: [PriorityClass] = [.rejudge, .homework, .exam, .interactive, .exam, .homework]
            for priority in classes { try await fixture.store.insert(of("c", "u", class: priority)) }
            let order = try await fixture.store.queueOrder().map(\.id)
            let drained = try await drain(fixture.store)
            #expect(
                drained.map(\.draft.priority) == [.exam, .exam, .interactive, .homework, .homework, .rejudge])
            #expect(drained.map(\.id) == order)
        },
        Promise("what has waited too long gets its part while more urgent ones wait") { fixture in
            let old = Date.now.addingTimeInterval(-(PriorityClass.homework.patience / .seconds(1)) - 60)
            try await fixture.store.insert(
                of("c", "u", class: .homework, createdAt: old), of("c", "u", class: .exam), of("c", "u", class: .exam))
            let drained = try await drain(fixture.store, agedShare: 1)
            #expect(drained.map(\.draft.priority) == [.homework, .exam, .exam])
        },
        Promise("what needs a whole node is not starved by what passes it") { fixture in
            let store = fixture.store
            let capacity = ResourceDemand(cpus: 4, memory: 1 << 40)
            func claim(cpus: Int, node: String = "n") async throws -> Lease? {
                try await store.claim(
                    ClaimOffer(
                        node: node, free: ResourceDemand(cpus: cpus, memory: 1 << 40), leaseDuration: .seconds(30),
                        capacity: capacity, reserveAfter: .seconds(60)))
            }
            let (large, tooLarge) = (of("c", "a", cpus: 4), of("c", "b", cpus: 5))
            try await store.insert(large, tooLarge)
            try await store.insert((0..<6).map { _ in of("c", "a") }, within: QueueLimits())
            // At first small ones pass it, as long as it has not waited for long.
            #expect(try await claim(cpus: 3)?.submission.demand.cpus == 1)
            fixture.clock.advance(by: .seconds(59))
            #expect(try await claim(cpus: 2)?.submission.demand.cpus == 1)
            fixture.clock.advance(by: .seconds(1))
            #expect(try await claim(cpus: 2) == nil)
            #expect(try await claim(cpus: 3) == nil)
            // One node keeps itself empty; the others go on.
            #expect(try await claim(cpus: 2, node: "other")?.submission.demand.cpus == 1)
            #expect(try await claim(cpus: 4)?.submission.id == large.id)
            // What no node can take holds up nobody.
            #expect(try await claim(cpus: 2)?.submission.demand.cpus == 1)
        },
        Promise("each user and each course may have so many waiting") { fixture in
            let limits = QueueLimits(perUser: 2, perCourse: 3)
            let store = fixture.store
            try await store.insert([of("c", "a"), of("c", "a")], within: limits)
            await #expect(throws: StorageError.queueFull(.user)) {
                try await store.insert([of("c", "a")], within: limits)
            }
            try await store.insert([of("c", "b")], within: limits)
            await #expect(throws: StorageError.queueFull(.course)) {
                try await store.insert([of("c", "d")], within: limits)
            }
            // The same name in another course is somebody else; no name and no course have no bound.
            try await store.insert([of("d", "a")], within: limits)
            try await store.insert((0..<5).map { _ in of() }, within: limits)
            // What was refused left nothing behind, and what runs does not wait.
            #expect(try await store.queueStatistics()[.queued] == 9)
            while let lease = try await store.claim(), lease.submission.draft.owner.course != "c" {}
            try await store.insert([of("c", "e")], within: limits)
        },
        Promise("each user and each course may have so many running") { fixture in
            let store = fixture.store
            for user in ["a", "a", "b", "d"] { try await store.insert(of("c", user)) }
            try await store.insert(of("e", "a"))
            func claim(perUser: Int?, perCourse: Int?) async throws -> Owner? {
                let offer = ClaimOffer(
                    node: "n", free: ResourceDemand(cpus: 64, memory: 1 << 40), leaseDuration: .seconds(30),
                    runningPerUser: perUser, runningPerCourse: perCourse, agedShare: 0)
                let lease = try await store.claim(offer)
                return lease?.submission.draft.owner
            }
            #expect(try await claim(perUser: 1, perCourse: nil) == Owner(course: "c", user: "a"))
            #expect(try await claim(perUser: 1, perCourse: 1) == Owner(course: "e", user: "a"))
            #expect(try await claim(perUser: 1, perCourse: 1) == nil)
            #expect(try await claim(perUser: 1, perCourse: 2) == Owner(course: "c", user: "b"))
            #expect(try await claim(perUser: 1, perCourse: 3) == Owner(course: "c", user: "d"))
            #expect(try await claim(perUser: 1, perCourse: nil) == nil)
            #expect(try await claim(perUser: 2, perCourse: nil) == Owner(course: "c", user: "a"))
        },
        Promise("lists are filtered by course, user and token") { fixture in
            let store = fixture.store
            let submissions = [
                of("c", "a", token: "t", class: .exam), of("d", "a", token: "s"), of(nil, nil, token: "t"),
                of("e", "b"),
            ]
            for submission in submissions { try await store.insert(submission) }
            let expected: [(SubmissionFilter, Set<Int>)] = [
                (SubmissionFilter(courses: ["c"]), [0]), (SubmissionFilter(courses: ["c", "d", "x"]), [0, 1]),
                (SubmissionFilter(courses: []), []), (SubmissionFilter(user: "a"), [0, 1]),
                (SubmissionFilter(token: "t"), [0, 2]), (SubmissionFilter(courses: ["c", "e"], user: "b"), [3]),
                (SubmissionFilter(user: "\0"), []), (SubmissionFilter(courses: ["\0"]), []),
            ]
            for (filter, numbers) in expected {
                let list = try await store.list(filter, limit: 10)
                #expect(Set(list.map(\.id)) == Set(numbers.map { submissions[$0].id }), "\(filter)")
            }
            let summary = try #require(try await store.list(SubmissionFilter(courses: ["c"]), limit: 1).first)
            #expect(summary.course == "c" && summary.user == "a" && summary.priority == .exam)
            let anonymous = try #require(
                try await store.list(SubmissionFilter(token: "t"), limit: 10).first { $0.user == nil })
            #expect(anonymous.course == nil)
        },
        Promise("what is released keeps its place among others") { fixture in
            let store = fixture.store
            try await store.insert(of("c", "a"), of("c", "b"), of("c", "a"))
            let lease = try #require(try await store.claim())
            _ = try await store.release(lease, countsAttempt: false)
            #expect(try await store.claim()?.submission.id == lease.submission.id)
        },
    ]
}
