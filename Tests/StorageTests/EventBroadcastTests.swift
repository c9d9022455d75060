import Core
import Testing

@testable import Storage

@Suite struct EventBroadcastTests {
    @Test func changesOfOneSubmissionAreJoined() async {
        let broadcast = EventBroadcast()
        let stream = broadcast.stream()
        let (first, second) = (SubmissionID(), SubmissionID())
        broadcast.post([.queued, .changed(first, .running), .changed(second, .running), .queued])
        broadcast.post([.changed(first, .finished)])
        broadcast.finish()
        let events = await stream.reduce(into: []) { $0.append($1) }
        #expect(events == [.queued, .changed(first, .finished), .changed(second, .running)])
    }

    @Test func aListenerThatTakesNothingLearnsThatItMissedSomething() async {
        let broadcast = EventBroadcast()
        let stream = broadcast.stream()
        for _ in 0..<Mailbox.capacity { broadcast.post([.changed(SubmissionID(), .running)]) }
        let last = SubmissionID()
        broadcast.post([.changed(SubmissionID(), .running)])
        broadcast.post([.changed(last, .finished)])
        broadcast.finish()
        let events = await stream.reduce(into: []) { $0.append($1) }
        #expect(events == [.missed, .changed(last, .finished)])
    }

    @Test func atCapacityNothingIsMissed() async {
        let broadcast = EventBroadcast()
        let stream = broadcast.stream()
        let ids = (0..<Mailbox.capacity).map { _ in SubmissionID() }
        for id in ids { broadcast.post([.changed(id, .running)]) }
        broadcast.finish()
        let events = await stream.reduce(into: []) { $0.append($1) }
        #expect(events == ids.map { .changed($0, .running) })
    }

    @Test func aDroppedStreamIsForgotten() {
        let broadcast = EventBroadcast()
        do { _ = broadcast.stream() }
        broadcast.post([.queued])
    }
}
