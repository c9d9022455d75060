import Core
package import Logging
package import Storage

/// Admits submissions: claims one when the CPUs and the memory that it asks for are free, has it graded, and records
/// the report. Everything that must survive lies in the store; this can die at any time.
package struct Scheduler: Sendable {
    let store: Store
    let grader: Grader
    let capacity: Capacity
    let configuration: SchedulerConfiguration
    /// Hears how far each grading is.
    let hub: ChangeHub
    let logger: Logger
    let watch = LeaseWatch()
    private let bell = Bell()

    package init(
        store: Store, grader: Grader, capacity: Capacity, configuration: SchedulerConfiguration,
        hub: ChangeHub, logger: Logger
    ) {
        self.hub = hub
        self.store = store
        self.grader = grader
        self.capacity = capacity
        self.configuration = configuration
        self.logger = logger
    }

    /// Works until the task is cancelled; then gradings under way are stopped and given back to the queue.
    package func run() async {
        // Listening begins before the first look at the queue, so that nothing falls between the two.
        let events = store.events()
        await withDiscardingTaskGroup { group in
            group.addTask { await listen(to: events) }
            group.addTask { await ringPeriodically() }
            bell.ring()
            while !Task.isCancelled {
                await bell.wait()
                while !Task.isCancelled, let work = await claim() {
                    group.addTask { await process(work.lease, on: work.share) }
                }
            }
        }
    }

    private func listen(to events: AsyncStream<StoreEvent>) async {
        for await event in events {
            switch event {
            case .queued: bell.ring()
            case .changed(let id, let status): if status == .running { watch.ring(id) }
            case .missed:
                bell.ring()
                watch.ringAll()
            }
        }
    }

    func giveBack(_ share: Capacity.Share) {
        capacity.giveBack(share)
        bell.ring()
    }

    private struct Work: Sendable {
        let lease: Lease
        let share: Capacity.Share
    }

    private func claim() async -> Work? {
        let free = capacity.available
        guard free.cpus > 0, free.memory > 0 else { return nil }
        do {
            let offer = ClaimOffer(
                node: configuration.node, free: free, leaseDuration: configuration.lease,
                maximumAttempts: configuration.attempts, capacity: capacity.total,
                reserveAfter: configuration.reserveAfter, runningPerUser: configuration.runningPerUser,
                runningPerCourse: configuration.runningPerCourse)
            guard let lease = try await store.claim(offer) else { return nil }
            // Only this loop takes from the capacity, so what was free is still free.
            guard let share = capacity.take(lease.submission.demand) else {
                _ = try await store.release(lease, countsAttempt: false)
                return nil
            }
            return Work(lease: lease, share: share)
        } catch {
            logger.error("cannot claim work", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func ringPeriodically() async {
        while !Task.isCancelled {
            do {
                let ended = try await store.expireLostAttempts(maximum: configuration.attempts) {
                    grader.failure(of: $0, "grading was interrupted \($1) times")
                }
                if !ended.isEmpty { GradingMetrics.gaveUp(ended.count) }
                for id in ended { logger.error("gave up a submission", metadata: ["submission": "\(id)"]) }
            } catch {
                logger.error("cannot look for lost attempts", metadata: ["error": "\(error)"])
            }
            bell.ring()
            try? await Task.sleep(for: configuration.poll)
        }
    }
}
