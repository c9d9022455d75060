import Core
import Foundation
import Logging
import Sandboxing
import Storage

extension Scheduler {
    /// How one attempt ended.
    private enum Attempt: Sendable {
        case graded(Report)
        /// The service failed; another attempt may succeed.
        case failed(String)
        /// Grading stopped because it was told to.
        case stopped
    }

    private enum Watch: Sendable {
        case cancellationAsked
        /// Somebody else has it now, or the store has been silent for a whole lease.
        case lost
        /// The scheduler itself is stopping, or grading ended first.
        case ended
    }

    private enum Step: Sendable {
        case attempt(Attempt)
        case watch(Watch)
    }

    /// Grades under a lease that a child task keeps alive, gives `share` back and records what came of it.
    func process(_ lease: Lease, on share: Capacity.Share) async {
        var logger = logger
        logger[metadataKey: "submission"] = "\(lease.submission.id)"
        if let request = lease.submission.draft.requestID { logger[metadataKey: "request"] = "\(request)" }
        let started = ContinuousClock.now
        GradingMetrics.started(
            lease.submission, attempt: lease.attempt, defaultBackend: grader.context.backends.defaultName)
        let (attempt, watch) = await withTaskGroup(of: Step.self) { group -> (Attempt, Watch) in
            group.addTask { .attempt(await grade(lease, on: share.cpus)) }
            group.addTask { .watch(await keep(lease)) }
            var attempt = Attempt.stopped
            var watch = Watch.ended
            for await step in group {
                switch step {
                case .attempt(let result): attempt = result
                case .watch(let result): watch = result
                }
                group.cancelAll()
            }
            return (attempt, watch)
        }
        // Its CPUs are free while the result is being written.
        giveBack(share)
        // The record must be written even when the scheduler is being stopped, hence a task of its own.
        await Task { await record(attempt, watch, lease, logger) }.value
        GradingMetrics.ended(lease.submission, after: ContinuousClock.now - started)
    }

    private func grade(_ lease: Lease, on cpus: [Int]) async -> Attempt {
        do {
            let submission = lease.submission
            var report = try await grader.grade(
                submission.draft, cpus: cpus,
                history: { try await StudentHistory.of(submission, for: $0, in: store) }
            ) { done, total in hub.tell(submission.id, .progress(done: done, total: total)) }
            report.requestID = lease.submission.draft.requestID
            return .graded(report)
        } catch is CancellationError {
            return .stopped
        } catch {
            return Task.isCancelled ? .stopped : .failed("\(error)")
        }
    }

    /// Renews the lease until grading ends (the task is cancelled), the lease is lost or cancellation is asked.
    private func keep(_ lease: Lease) async -> Watch {
        let interval = configuration.lease / configuration.renewalsPerLease
        var validUntil = ContinuousClock.now + configuration.lease
        let bell = watch.begin(lease.submission.id)
        defer { watch.end(lease.submission.id) }
        // A cancellation between the claim and the bell rang for nobody; the first look finds it.
        var pause = min(configuration.firstLook, interval)
        while true {
            await bell.wait(for: pause)
            pause = interval
            if Task.isCancelled { return .ended }
            do {
                switch try await store.renew(lease, for: configuration.lease) {
                case .held: validUntil = .now + configuration.lease
                case .cancellationAsked: return .cancellationAsked
                case .lost: return .lost
                }
            } catch {
                logger.warning("cannot renew a lease", metadata: ["error": "\(error)"])
                if ContinuousClock.now >= validUntil { return .lost }
            }
        }
    }

    private func record(_ attempt: Attempt, _ watch: Watch, _ lease: Lease, _ logger: Logger) async {
        switch (attempt, watch) {
        case (_, .lost):
            logger.warning("lost a lease; another node grades it")
            GradingMetrics.leaseLost()
        case (.graded(let report), .ended):
            logger.info("graded", metadata: ["verdict": "\(report.verdict.rawValue)"])
            let isRecorded = await retrying(logger) { () throws(StorageError) in
                try await store.finish(lease, with: report)
            }
            if isRecorded == true { GradingMetrics.finished(lease.submission, report) }
        case (_, .cancellationAsked):
            let isRecorded = await retrying(logger) { () throws(StorageError) in
                try await store.finishCancelled(lease)
            }
            if isRecorded == true { GradingMetrics.cancelled() }
        case (.failed(let reason), .ended):
            logger.error("an attempt failed", metadata: ["attempt": "\(lease.attempt)", "reason": "\(reason)"])
            GradingMetrics.attemptFailed()
            try? await Task.sleep(for: configuration.pauseAfterFailure)
            if lease.attempt >= configuration.attempts {
                let report = grader.failure(
                    of: lease.submission, "grading failed \(lease.attempt) times; the last time: \(reason)")
                let isRecorded = await retrying(logger) { () throws(StorageError) in
                    try await store.finish(lease, with: report)
                }
                if isRecorded == true { GradingMetrics.finished(lease.submission, report) }
            } else {
                _ = await retrying(logger) { () throws(StorageError) in
                    try await store.release(lease, countsAttempt: true)
                }
            }
        case (.stopped, .ended):
            _ = await retrying(logger) { () throws(StorageError) in
                try await store.release(lease, countsAttempt: false)
            }
        }
    }

    /// Tries until the store works again or the lease has run out: then the submission is claimable by others, and what
    /// this attempt found is fenced off.
    private func retrying<Result: Sendable>(
        _ logger: Logger, _ body: () async throws(StorageError) -> Result
    ) async -> Result? {
        let deadline = ContinuousClock.now + configuration.lease
        var pause = Duration.milliseconds(50)
        while true {
            do { return try await body() } catch {
                logger.error("cannot record a result", metadata: ["error": "\(error)"])
                guard ContinuousClock.now + pause < deadline else { return nil }
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(2))
            }
        }
    }
}
