import Core
import Synchronization

/// Lets the news about a submission that is being graded here reach whoever keeps its lease.
final class LeaseWatch: Sendable {
    private let bells = Mutex<[SubmissionID: Bell]>([:])

    /// A bell that rings when something about `id` has changed, until `end(id)`.
    func begin(_ id: SubmissionID) -> Bell {
        let bell = Bell()
        bells.withLock { $0[id] = bell }
        return bell
    }

    func end(_ id: SubmissionID) { bells.withLock { _ = $0.removeValue(forKey: id) } }

    func ring(_ id: SubmissionID) { bells.withLock { $0[id] }?.ring() }

    func ringAll() {
        for bell in bells.withLock({ Array($0.values) }) { bell.ring() }
    }
}
