package import Core
import Foundation

extension Store {
    /// Cancels what waits, and asks for what runs to be stopped. What runs on a node that is lost is cancelled at once.
    package func cancel(_ id: SubmissionID) async throws(StorageError) -> CancelResult {
        typealias Found = (what: Transition, row: SubmissionRow, draft: [UInt8], report: [UInt8]?)
        let found: Found? = try await database.write { [clock] (connection) throws(StorageError) in
            let now = try clock.now(of: connection)
            let what: Transition
            if try Finish.cancel(where: "id = \(id.string) AND status = 'queued'", from: .queued, with: connection)
                != nil
            {
                what = .cancelled
            } else if try Finish.cancel(
                where: """
                    id = \(id.string) AND status = 'running' AND \(Self.isAvailable(at: now))
                    """, from: .running, with: connection) != nil
            {
                what = .cancelled
            } else {
                let asked = try connection.run(
                    """
                    UPDATE submissions SET cancellation_asked = 1 WHERE id = \(id.string) AND status = 'running'
                    RETURNING key
                    """)
                if !asked.isEmpty {
                    what = .asked
                } else {
                    let isCancelled = try Finish.isReplay(
                        leading: "id = \(id.string)", to: .cancelled, with: connection)
                    what = isCancelled ? .cancelled : .none
                }
                if !asked.isEmpty { connection.announce(.changed(id, .running)) }
            }
            guard
                let (row, draft) = try SubmissionRow.withDraft(where: "id = \(id.string)", with: connection).first
            else { return nil }
            let report = try connection.run("SELECT body FROM reports WHERE submission = \(row.key)")
            return (what, row, draft, try report.first?.blob(0))
        }
        guard let found else { return .notFound }
        let submission = try found.row.submission(draft: found.draft, report: found.report)
        return switch found.what {
        case .cancelled: .cancelled(submission)
        case .asked: .asked(submission)
        case .none: .alreadyFinal(submission)
        }
    }

    private enum Transition { case cancelled, asked, none }
}
