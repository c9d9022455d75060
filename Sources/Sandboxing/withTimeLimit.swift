import Synchronization

/// Why a program was ended by the service.
enum StopReason: Sendable {
    case overWallTime, cancelled
}

/// Runs `body`, which waits for a program to end. When it takes longer than `limit`, or its task is cancelled, `stop`
/// is called with the reason and must make the program end soon; `body` is still waited for. Wall time is measured here for
/// every backend, so that it means the same in all of them.
func withTimeLimit<Result: Sendable>(
    _ limit: Duration, stop: @escaping @Sendable (StopReason) -> Void,
    _ body: () async throws(SandboxError) -> Result
) async throws(SandboxError) -> (result: Result, stopped: StopReason?) {
    let box = StopBox(stop: stop)
    // Outlives `body` if both end at once; then there is nothing left to stop.
    let alarm = WallClock.shared.set(after: limit) { Task { box.stop(.overWallTime) } }
    defer { WallClock.shared.cancel(alarm) }
    let outcome: Swift.Result<Result, SandboxError> = await withTaskCancellationHandler {
        do throws(SandboxError) { return .success(try await body()) } catch { return .failure(error) }
    } onCancel: {
        box.stop(.cancelled)
    }
    return (try outcome.get(), box.reason)
}

/// The reason, once there is one.
private final class StopBox: Sendable {
    private let first = Mutex<StopReason?>(nil)
    private let action: @Sendable (StopReason) -> Void

    init(stop: @escaping @Sendable (StopReason) -> Void) { action = stop }

    var reason: StopReason? { first.withLock { $0 } }

    func stop(_ reason: StopReason) {
        let isNew = first.withLock { first in
            // Whoever cancels does not want to wait until the time is over.
            guard first == nil || (first == .overWallTime && reason == .cancelled) else { return false }
            first = reason
            return true
        }
        if isNew { action(reason) }
    }
}
