import Core
import Grading

extension Submission {
    /// The metadata entry by which the submissions of one front-end are found.
    static let frontEndNote = "front-end"
}

extension Submissions {
    /// Longest time that a front-end waits in one request for a submission to end.
    static let longestGrading = Duration.seconds(1800)
    /// Pause between looks when a wait ends early, as it does while the service is stopping.
    private static let pause = Duration.milliseconds(100)

    /// Takes `draft` and returns it graded. `nil` when it could not be taken, or not be started, within `patience`: then
    /// it will not run either.
    func grade(_ draft: SubmissionDraft, patience: Duration) async throws(SubmissionError) -> Submission? {
        let clock = ContinuousClock()
        let deadline = clock.now + patience
        guard var submission = try await submit(draft, until: deadline) else { return nil }
        submission = try await self.submission(submission.id, waiting: max(.zero, clock.now.duration(to: deadline)))
        if case .queued = submission.state, case .cancelled = try await cancel(submission.id) { return nil }
        return try await ended(submission.id, within: Self.longestGrading)
    }

    /// Like `submit`, trying again while the queue is full; `nil` when it still is at `deadline`.
    private func submit(
        _ draft: SubmissionDraft, until deadline: ContinuousClock.Instant
    ) async throws(SubmissionError) -> Submission? {
        while true {
            do { return try await submit(draft) } catch {
                guard case .queueFull = error else { throw error }
                guard ContinuousClock.now < deadline, !Task.isCancelled else { return nil }
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    /// The submission when it has ended, `timeout` is over, or the client is gone.
    func ended(_ id: SubmissionID, within timeout: Duration) async throws(SubmissionError) -> Submission {
        let clock = ContinuousClock()
        let deadline = clock.now + timeout
        while true {
            let submission = try await submission(id, waiting: max(.zero, clock.now.duration(to: deadline)))
            if submission.state.isFinal || clock.now >= deadline || Task.isCancelled { return submission }
            try? await Task.sleep(for: Self.pause)
        }
    }
}
