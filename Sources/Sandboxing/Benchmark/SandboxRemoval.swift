package import Core
import Synchronization

/// Waits until nothing of a sandbox is left. Services answer long before; benchmarks measure it. A thread of its own waits
/// from the beginning: one that starts while the sandbox is being removed takes its CPU from those who do it.
package final class SandboxRemoval: Sendable {
    private final class Watch: Sendable {
        let seen = Once<ContinuousClock.Instant>()
        /// When the thread gives up.
        let end = Mutex<ContinuousClock.Instant?>(nil)
    }

    private let watch = Watch()

    /// To be made before the sandbox's last run. `nil` where nothing of it can be seen from outside.
    package init?(of sandbox: any Sandbox, in backend: any SandboxBackend, image: SandboxImage = .host) async {
        guard let traces = await SandboxTraces(of: sandbox, in: backend, image: image) else { return nil }
        startThread { [watch] in
            traces.awaitRemoval { watch.end.withLock { $0.map { ContinuousClock.now >= $0 } ?? false } }
            watch.seen.resolve(ContinuousClock.now)
        }
    }

    deinit { watch.end.withLock { $0 = .now } }

    /// Returns when it is gone, or after `limit`, with the moment when that was seen. May be called once.
    package func wait(atMost limit: Duration = .seconds(60)) async -> ContinuousClock.Instant {
        watch.end.withLock { $0 = .now + limit }
        return await watch.seen.value
    }
}
