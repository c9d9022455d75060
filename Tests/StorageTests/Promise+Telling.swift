import Core
import Foundation
import Storage
import Testing

extension Promise {
    static let telling = [
        Promise("every change of state is told, after it can be read") { fixture in
            let store = fixture.store
            let submission = Submission.sample()
            let events = store.events()
            try await store.insert(submission)
            #expect(await events.first { $0 == .queued } != nil)
            let lease = try #require(try await store.claim())
            #expect(await events.first { $0 == .changed(submission.id, .running) } != nil)
            _ = try await store.release(lease, countsAttempt: false)
            #expect(await events.first { $0 == .changed(submission.id, .queued) || $0 == .queued } != nil)
            let again = try #require(try await store.claim())
            _ = try await store.finish(again, with: .sample())
            #expect(await events.first { $0 == .changed(submission.id, .finished) } != nil)
            #expect(try await store.submission(submission.id)?.state.isFinal == true)
        },
        Promise("all listeners are told, and closing ends them") { fixture in
            let store = try await fixture.another()
            let streams = [store.events(), store.events()]
            try await store.insert(.sample())
            for stream in streams { #expect(await stream.first { $0 == .queued } != nil) }
            await store.close()
            for stream in streams { #expect(await stream.first { _ in true } == nil) }
        },
        Promise("a listener whose task is cancelled ends") { fixture in
            let events = fixture.store.events()
            let listener = Task { for await _ in events {} }
            listener.cancel()
            await listener.value
        },
        Promise("what was refused is not told") { fixture in
            let store = fixture.store
            let submission = Submission.sample()
            try await store.insert(submission)
            let first = try #require(try await store.claim(for: .seconds(30)))
            let events = store.events()
            await #expect(throws: StorageError.self) {
                try await store.insert([.sample()], within: QueueLimits(submissions: 0))
            }
            fixture.clock.advance(by: .seconds(30))
            let second = try #require(try await store.claim())
            #expect(try await !store.finish(first, with: .sample()))
            #expect(try await store.finish(second, with: .sample()))
            let told = await events.first { if case .changed = $0 { true } else { $0 == .queued } }
            #expect(told == .changed(submission.id, .finished) || told == .changed(submission.id, .running))
        },
    ]
}
