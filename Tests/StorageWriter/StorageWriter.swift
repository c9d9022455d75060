import Core
import Foundation
import Storage

/// Writes to the database that its argument names until it is killed, and prints each write once it was acknowledged:
/// `inserted ID`, `finished ID`. Whoever kills it can then tell what must not be lost. The second argument is how many
/// write at the same time, the third how many submissions wait before they begin.
@main struct StorageWriter {
    static func main() async throws {
        let store = try await Store.open(CommandLine.arguments[1])
        // Several at the same time, so that the kill meets a group commit.
        let writers = CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) } ?? 16
        let backlog = CommandLine.arguments.dropFirst(3).first.flatMap { Int($0) } ?? 0
        for start in stride(from: 0, to: backlog, by: 500) {
            let batch = (start..<min(start + 500, backlog)).map { sample("user-\($0 % 200)", course: "c\($0 % 20)") }
            try await store.insert(batch, within: QueueLimits(submissions: .max, bytes: .max))
        }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<writers { group.addTask { await write(to: store, as: "writer-\(number)") } }
        }
    }

    private static func write(to store: Store, as node: String) async {
        while true {
            do throws(StorageError) {
                try await gradeOne(in: store, as: node)
            } catch .unavailable {
                // Not acknowledged, so it may be there or not.
                usleep(20_000)
            } catch {
                return say("failed \(error)")
            }
        }
    }

    private static func gradeOne(in store: Store, as node: String) async throws(StorageError) {
        let submission = sample(node, course: nil)
        try await store.insert([submission], within: QueueLimits(submissions: .max, bytes: .max))
        say("inserted \(submission.id)")
        let offer = ClaimOffer(node: node, free: ResourceDemand(cpus: 1, memory: 1), leaseDuration: .seconds(600))
        guard let lease = try await store.claim(offer) else { return }
        let report = Report(verdict: .accepted, score: 1, maximumScore: 1, backend: "native", message: node)
        if try await store.finish(lease, with: report) { say("finished \(lease.submission.id)") }
    }

    private static func sample(_ user: String, course: String?) -> Submission {
        let draft = SubmissionDraft(
            language: "c", files: [], task: .catalog("t"), metadata: ["writer": user],
            owner: Owner(course: course, user: user))
        return Submission(
            id: SubmissionID(), draft: draft, createdAt: Date(), demand: ResourceDemand(cpus: 1, memory: 1),
            state: .queued(attempts: 0))
    }

    /// One `write` a line: a line that was begun by the kill is cut, and no other.
    private static func say(_ line: String) {
        FileHandle.standardOutput.write(Data("\(line)\n".utf8))
    }
}
