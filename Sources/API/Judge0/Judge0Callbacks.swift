import Core
import Grading
import Logging

/// Tells clients, at the address that each named, what became of their submissions. An answer of 2xx is the end of it;
/// otherwise it is tried again. What is still to be told when the service stops is not told later.
final class Judge0Callbacks: Sendable {
    private let submissions: Submissions
    private let bounds: Judge0Bounds
    private let allowsPrivate: Bool
    private let logger = Logger(label: "assay.judge0.callbacks")

    init(submissions: Submissions, bounds: Judge0Bounds, allowsPrivate: Bool) {
        self.submissions = submissions
        self.bounds = bounds
        self.allowsPrivate = allowsPrivate
    }

    /// Pause before the second attempt; it doubles with each.
    private static let firstPause = Duration.seconds(1)

    /// Waits for the end of `id` and tells `target`; `body` makes the message.
    func tell(
        _ target: OutboundRequest.Target, of id: SubmissionID, _ body: @escaping @Sendable (Submission) -> [UInt8]?
    ) {
        // It outlives the request that asked for it: that one was answered when the submission was taken.
        Task {
            guard let submission = try? await submissions.ended(id, within: Submissions.longestGrading),
                submission.state.isFinal, let message = body(submission)
            else { return }
            let request = OutboundRequest(
                method: "PUT", target: target, body: message, contentType: "application/json")
            var pause = Self.firstPause
            for attempt in 1...bounds.callbackTries {
                do throws(OutboundRequest.Failure) {
                    let status = try await request.send(
                        timeout: .seconds(bounds.callbackTimeout), allowsPrivate: allowsPrivate)
                    if (200...299).contains(status) { return }
                    log("answered \(status)", id, attempt)
                } catch {
                    log("\(error)", id, attempt)
                    if error == .forbiddenAddress { return }
                }
                try? await Task.sleep(for: pause)
                pause = pause * 2
            }
        }
    }

    private func log(_ reason: String, _ id: SubmissionID, _ attempt: Int) {
        logger.notice(
            "a callback failed", metadata: ["submission": "\(id)", "attempt": "\(attempt)", "reason": "\(reason)"])
    }
}
