package import Core
package import Storage

package import struct Foundation.Date

/// What is done with submissions that have been stored, one or many.
extension Submissions {
    /// Puts finished submissions back into the queue, in the class `rejudge`; the reports they had become history.
    /// Gives back which: those that are not finished are left as they are.
    package func rejudge(_ ids: [SubmissionID]) async throws(SubmissionError) -> [SubmissionID] {
        do { return try await store.rejudge(ids, within: context.policy.queue) } catch { throw SubmissionError(error) }
    }

    /// The reports that a submission had before, oldest first.
    package func history(of id: SubmissionID) async throws(SubmissionError) -> [PastReport] {
        do { return try await store.history(of: id) } catch { throw SubmissionError(error) }
    }

    /// Cancels what waits of `ids` and asks what runs to stop; gives back which that were.
    package func cancel(all ids: [SubmissionID]) async throws(SubmissionError) -> [SubmissionID] {
        var cancelled: [SubmissionID] = []
        for id in ids {
            switch try await cancel(id) {
            case .cancelled, .asked: cancelled.append(id)
            case .alreadyFinal, .notFound: continue
            }
        }
        return cancelled
    }

    /// Removes up to `limit` submissions that ended before `date`, with everything that is kept of them.
    package func purge(endedBefore date: Date, limit: Int) async throws(SubmissionError) -> Int {
        do { return try await store.purge(endedBefore: date, limit: limit) } catch { throw SubmissionError(error) }
    }

    /// Webhook deliveries that were given up, the newest first.
    package func deadDeliveries(limit: Int) async throws(SubmissionError) -> [WebhookDelivery] {
        do { return try await store.deadDeliveries(limit: limit) } catch { throw SubmissionError(error) }
    }

    /// Has the deliveries of `id` that were given up tried again; how many.
    package func retryDeliveries(of id: SubmissionID) async throws(SubmissionError) -> Int {
        do { return try await store.retryDeliveries(of: id) } catch { throw SubmissionError(error) }
    }
}
