package import Core
import Foundation
import Logging
package import Storage

/// The one door for submissions, whatever dialect they came in.
package struct Submissions: Sendable {
    let context: GradingContext
    let store: Store
    package let hub: ChangeHub

    /// What a client should wait when the queue is full.
    static let retryWhenFull = Duration.seconds(5)
    /// What a client should wait when the store does not work.
    static let retryWhenUnavailable = Duration.seconds(2)

    package init(context: GradingContext, store: Store, hub: ChangeHub) {
        self.context = context
        self.store = store
        self.hub = hub
    }

    /// Checks `draft` and stores it. It is durable when this returns.
    package func submit(_ draft: SubmissionDraft) async throws(SubmissionError) -> Submission {
        let plan: GradingPlan
        do throws(SubmissionError) {
            try await context.prepare(for: draft)
            plan = try context.plan(for: draft)
        } catch {
            GradingMetrics.refused(error)
            throw error
        }
        var draft = draft
        draft.language = plan.language.name
        let now = Date()
        let submission = Submission(
            id: SubmissionID(at: now), draft: draft, createdAt: now, demand: plan.demand, state: .queued(attempts: 0))
        do {
            try await store.insert([submission], within: context.policy.queue)
        } catch {
            let error = SubmissionError(error)
            GradingMetrics.refused(error)
            throw error
        }
        GradingMetrics.accepted(language: draft.language)
        return submission
    }

    /// The submission `id` as it stands; with a `timeout`, as it stands when it has ended or the time is over.
    package func submission(_ id: SubmissionID, waiting timeout: Duration = .zero) async throws(SubmissionError)
        -> Submission
    {
        let deadline = ContinuousClock.now + timeout
        while timeout > .zero, !hub.isClosed, !Task.isCancelled {
            let subscription = hub.subscribe(to: id)
            defer { subscription.cancel() }
            let submission = try await read(id)
            let left = deadline - .now
            if submission.state.isFinal || left <= .zero { return submission }
            await subscription.waitForEnd(left)
        }
        return try await read(id)
    }

    /// A page of submissions, newest first, older than `cursor`, without the first `skip`.
    package func list(
        _ filter: SubmissionFilter, before cursor: SubmissionID? = nil, skip: Int = 0, limit: Int
    ) async throws(SubmissionError) -> [SubmissionSummary] {
        do { return try await store.list(filter, before: cursor, skip: skip, limit: limit) } catch {
            throw SubmissionError(error)
        }
    }

    /// How many submissions meet `filter`.
    package func count(_ filter: SubmissionFilter) async throws(SubmissionError) -> Int {
        do { return try await store.count(filter) } catch { throw SubmissionError(error) }
    }

    /// How full the queue is.
    package func queueStatistics() async throws(SubmissionError) -> QueueStatistics {
        do { return try await store.queueStatistics() } catch { throw SubmissionError(error) }
    }

    /// Removes a submission that has ended, with everything that is kept of it.
    package func remove(_ id: SubmissionID) async throws(SubmissionError) -> RemoveResult {
        do { return try await store.remove(id) } catch { throw SubmissionError(error) }
    }

    /// Cancels what is queued and asks what is running to stop.
    package func cancel(_ id: SubmissionID) async throws(SubmissionError) -> CancelResult {
        do { return try await store.cancel(id) } catch { throw SubmissionError(error) }
    }

    /// Why submissions cannot be taken now; `nil` when they can.
    package func unavailability() async -> String? {
        guard let error = await store.checkWritable() else { return nil }
        return "\(error)"
    }

    private func read(_ id: SubmissionID) async throws(SubmissionError) -> Submission {
        let submission: Submission?
        do { submission = try await store.submission(id) } catch { throw SubmissionError(error) }
        guard let submission else { throw .notFound }
        return submission
    }
}

extension SubmissionError {
    init(_ error: StorageError) {
        switch error {
        case .queueFull:
            self = .queueFull(reason: "\(error)", retryAfter: Submissions.retryWhenFull)
        default:
            self = .unavailable(reason: "\(error)", retryAfter: Submissions.retryWhenUnavailable)
        }
    }
}
