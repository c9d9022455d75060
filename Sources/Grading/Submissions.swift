package import Core
import Foundation
import Logging
package import Storage

/// The one door for submissions, whatever dialect they came in.
package struct Submissions: Sendable {
    let context: GradingContext
    let store: Store
    package let hub: ChangeHub

    package let forecast: QueueForecast
    private let full = FullQueue()

    /// What a client should wait when the store does not work.
    static let retryWhenUnavailable = Duration.seconds(2)

    package init(context: GradingContext, store: Store, hub: ChangeHub) {
        self.context = context
        self.store = store
        self.hub = hub
        forecast = QueueForecast(store: store, slots: context.policy.capacity.cpus)
    }

    /// What a draft comes to once it is stored.
    package struct Receipt: Sendable {
        package let submission: Submission
        /// Whether the request had been made before, under the same key: this is what it came to then.
        package let isRepeat: Bool
    }

    /// Throws when the queue was full a moment ago: cheaper than reading a submission only to refuse it.
    package func checkRoom() throws(SubmissionError) {
        guard let refusal = full.refusal else { return }
        GradingMetrics.refused(refusal)
        throw refusal
    }

    /// Checks `draft` and stores it. It is durable when this returns. With a key, sending it again does nothing twice;
    /// `webhook` is told when it ends.
    package func submit(
        _ draft: SubmissionDraft, once key: IdempotencyKey? = nil, webhook: String? = nil
    ) async throws(SubmissionError) -> Receipt {
        let checked = try await prepare(draft)
        let receipts = try await store([checked], once: key, webhook: webhook)
        return receipts[0]
    }

    /// Checks `draft` and stores it.
    package func submit(_ draft: SubmissionDraft) async throws(SubmissionError) -> Submission {
        try await submit(draft, once: nil, webhook: nil).submission
    }

    /// Stores what can be graded of several drafts, all of that or none; for the others the problem. The key covers
    /// which of them those were.
    package func submit(
        all drafts: [SubmissionDraft], once key: IdempotencyKey? = nil, webhook: String? = nil
    ) async throws(SubmissionError) -> [Result<Receipt, SubmissionError>] {
        var checked: [Result<Submission, SubmissionError>] = []
        for draft in drafts {
            do { checked.append(.success(try await prepare(draft))) } catch { checked.append(.failure(error)) }
        }
        let valid = checked.compactMap { try? $0.get() }
        let key = key.map { key in
            let flags = checked.map { result -> UInt8 in if case .success = result { 1 } else { 0 } }
            return IdempotencyKey(scope: key.scope, key: key.key, fingerprint: key.fingerprint + flags)
        }
        var receipts = valid.isEmpty ? [] : try await store(valid, once: key, webhook: webhook)
        receipts.reverse()
        return checked.map { result in result.map { _ in receipts.removeLast() } }
    }

    private func prepare(_ draft: SubmissionDraft) async throws(SubmissionError) -> Submission {
        let plan: GradingPlan
        do throws(SubmissionError) {
            plan = try context.plan(for: draft, uploaded: try await context.uploadedTask(of: draft))
        } catch {
            GradingMetrics.refused(error)
            throw error
        }
        var draft = draft
        draft.language = plan.language.name
        let now = Date()
        return Submission(
            id: SubmissionID(at: now), draft: draft, createdAt: now, demand: plan.demand, state: .queued(attempts: 0))
    }

    private func store(
        _ submissions: [Submission], once key: IdempotencyKey?, webhook: String?
    ) async throws(SubmissionError) -> [Receipt] {
        let insertion: Insertion
        do {
            insertion = try await store.insert(
                submissions, within: context.policy.queue, once: key, webhook: webhook)
        } catch {
            let error = await refusal(error)
            GradingMetrics.refused(error)
            throw error
        }
        switch insertion {
        case .new:
            for submission in submissions { GradingMetrics.accepted(submission.draft) }
            return submissions.map { Receipt(submission: $0, isRepeat: false) }
        case .repeated(let ids):
            var receipts: [Receipt] = []
            for id in ids { receipts.append(Receipt(submission: try await read(id), isRepeat: true)) }
            guard receipts.count == submissions.count else { throw .keyReused }
            return receipts
        }
    }

    /// What a refusal of the store means to a client, with the time after which to come back.
    private func refusal(_ error: StorageError) async -> SubmissionError {
        guard case .queueFull(let bound) = error else { return SubmissionError(error) }
        let outlook = await forecast.outlook()
        let waiting =
            switch bound {
            case .submissions, .bytes: max(outlook.length, 1)
            case .user: context.policy.queue.perUser ?? 1
            case .course: context.policy.queue.perCourse ?? 1
            }
        let refusal = SubmissionError.queueFull(bound, retryAfter: outlook.retryAfter(waiting: waiting))
        if bound == .submissions || bound == .bytes { full.remember(refusal) }
        return refusal
    }

    /// Where a submission that has not ended stands.
    package func place(of submission: Submission) async -> QueueForecast.Place? { await forecast.place(of: submission) }

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
        case .queueFull(let bound): self = .queueFull(bound, retryAfter: QueueOutlook.shortestRetry)
        case .keyReused: self = .keyReused
        default: self = .unavailable(reason: "\(error)", retryAfter: Submissions.retryWhenUnavailable)
        }
    }
}
