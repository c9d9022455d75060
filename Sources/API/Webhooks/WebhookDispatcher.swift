import Core
import Foundation
package import Grading
package import Logging
import Metrics
package import Storage
import Synchronization

/// Tells those who asked for it that a submission has ended. What is to be told lies in the store with the submission:
/// it survives the service, is claimed by one node at a time, and is given up only where an operator can see it.
package struct WebhookDispatcher: Sendable {
    let store: Store
    let submissions: Submissions
    let v1: V1Webhooks?
    let judge0: Judge0?
    let logger: Logger
    private let bell = Bell()
    private let underWay = Tally()

    /// Deliveries at the same time: receivers that do not answer hold up so many others.
    static let parallel = 16
    /// Between two looks when nothing is due: another node's end of a submission may not be heard of.
    static let longestPause = Duration.seconds(15)
    /// Between two looks when submissions end all the time: most have nobody to tell.
    static let shortestPause = Duration.milliseconds(100)
    /// After a look that failed.
    static let pauseAfterFailure = Duration.seconds(2)

    private final class Tally: Sendable {
        let count = Mutex(0)
    }

    package init(
        store: Store, submissions: Submissions, v1: V1Webhooks?, judge0: Judge0?, logger: Logger
    ) {
        self.store = store
        self.submissions = submissions
        self.v1 = v1
        self.judge0 = judge0
        self.logger = logger
    }

    /// Works until the task is cancelled. What is under way then is tried again by whoever comes next.
    package func run() async {
        for result in ["delivered", "retried", "dead"] { Self.count(result, by: 0) }
        let events = store.events()
        await withDiscardingTaskGroup { group in
            group.addTask { await listen(to: events) }
            while !Task.isCancelled {
                let looked = ContinuousClock.now
                let (deliveries, pause) = await due()
                for delivery in deliveries {
                    underWay.count.withLock { $0 += 1 }
                    group.addTask {
                        await deliver(delivery)
                        underWay.count.withLock { $0 -= 1 }
                        bell.ring()
                    }
                }
                guard deliveries.isEmpty else { continue }
                await bell.wait(for: pause)
                try? await Task.sleep(until: looked + Self.shortestPause, clock: .continuous)
            }
        }
    }

    private func listen(to events: AsyncStream<StoreEvent>) async {
        for await event in events {
            switch event {
            case .changed(_, .finished), .changed(_, .cancelled), .missed: bell.ring()
            case .changed, .queued: continue
            }
        }
    }

    /// What is to be delivered now, or how long to wait if that is nothing.
    private func due() async -> ([WebhookDelivery], Duration) {
        let free = Self.parallel - underWay.count.withLock { $0 }
        guard free > 0 else { return ([], Self.longestPause) }
        do throws(StorageError) {
            // Reading costs nothing; claiming writes.
            guard let next = try await store.nextDelivery() else { return ([], Self.longestPause) }
            let pause = Duration.seconds(next.timeIntervalSinceNow)
            guard pause <= .zero else { return ([], min(pause, Self.longestPause)) }
            return (try await store.claimDeliveries(free, for: claim), Self.pauseAfterFailure)
        } catch {
            logger.warning("cannot look for webhooks", metadata: ["error": "\(error)"])
            return ([], Self.pauseAfterFailure)
        }
    }

    /// How long a delivery is nobody else's: as long as it can take, and some time for the resolver and the store. When a
    /// service dies meanwhile, the next one begins after that.
    private var claim: Duration {
        let timeouts = [v1?.policy.timeout, judge0?.callbackPolicy.timeout].compactMap { $0 }
        return (timeouts.max() ?? .zero) + .seconds(10)
    }

    private func deliver(_ delivery: WebhookDelivery) async {
        guard let message = await message(for: delivery), let target = OutboundRequest.Target(delivery.url) else {
            return await settle(delivery, .giveUp, because: "nothing here knows how to tell it")
        }
        let request = OutboundRequest(
            method: message.method, target: target, body: message.body, contentType: "application/json",
            headers: message.headers)
        do throws(OutboundRequest.Failure) {
            let status = try await request.send(
                timeout: message.policy.timeout, allowsPrivate: message.policy.allowsPrivate)
            let next = message.policy.next(after: delivery.attempt, status: status)
            await settle(delivery, next, because: "it answered \(status)")
        } catch {
            let next = message.policy.next(after: delivery.attempt, failure: error)
            await settle(delivery, next, because: error.reason)
        }
    }

    /// Each interface tells its own submissions, in its own words.
    private func message(for delivery: WebhookDelivery) async -> WebhookMessage? {
        guard let submission = try? await submissions.submission(delivery.submission), submission.state.isFinal else {
            return nil
        }
        if submission.draft.notes?.frontEnd == Judge0Request.frontEnd { return judge0?.callback(of: submission) }
        return await v1?.message(of: submission)
    }

    private static func count(_ result: String, by count: Int64) {
        Counter(label: "assay_webhook_deliveries_total", dimensions: [("result", result)]).increment(by: count)
    }

    private func settle(_ delivery: WebhookDelivery, _ next: WebhookPolicy.Next, because reason: String) async {
        let result: String
        do throws(StorageError) {
            switch next {
            case .delivered:
                result = "delivered"
                try await store.delivered(delivery)
            case .tryAgain(let pause):
                result = "retried"
                try await store.failed(delivery, because: reason, tryAgainAt: Date() + pause.inSeconds)
            case .giveUp:
                result = "dead"
                try await store.failed(delivery, because: reason, tryAgainAt: nil)
            }
        } catch {
            // Its claim runs out, and it is tried again.
            return logger.error("cannot record a webhook", metadata: ["error": "\(error)"])
        }
        Self.count(result, by: 1)
        guard next != .delivered else { return }
        logger.notice(
            "a webhook failed",
            metadata: [
                "submission": "\(delivery.submission)", "attempt": "\(delivery.attempt)", "reason": "\(reason)",
                "result": "\(result)",
            ])
    }
}

extension OutboundRequest.Failure {
    /// For operators.
    var reason: String {
        switch self {
        case .unknownHost: "its host has no address"
        case .forbiddenAddress: "its address is not public"
        case .unreachable(let code): "it cannot be reached: \(String(cString: strerror(code)))"
        case .insecure: "TLS failed, or its certificate is not its own"
        case .noAnswer: "no answer came in time"
        }
    }
}
