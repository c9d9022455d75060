import Synchronization

/// Why a program was ended by the service.
enum StopReason: Sendable {
    case overWallTime, cancelled
}

/// Runs `body`, which waits for a program to end. When it takes longer than `limit`, or its task is cancelled, `stop`
/// is called once and must make the program end soon; `body` is still waited for. Wall time is measured here for
/// every backend, so that it means the same in all of them.
func withTimeLimit<Result: Sendable>(
    _ limit: Duration, stop: @escaping @Sendable () -> Void,
    _ body: () async throws(SandboxError) -> Result
) async throws(SandboxError) -> (result: Result, stopped: StopReason?) {
    let box = StopBox(stop: stop)
    // Ends with `body`: it is cancelled before this function returns.
    let timer = Task {
        try? await Task.sleep(for: limit)
        if !Task.isCancelled { box.stop(.overWallTime) }
    }
    defer { timer.cancel() }
    let outcome: Swift.Result<Result, SandboxError> = await withTaskCancellationHandler {
        do throws(SandboxError) { return .success(try await body()) } catch { return .failure(error) }
    } onCancel: {
        box.stop(.cancelled)
    }
    return (try outcome.get(), box.reason)
}

/// The first reason counts, and stops only once.
private final class StopBox: Sendable {
    private let first = Mutex<StopReason?>(nil)
    private let action: @Sendable () -> Void

    init(stop: @escaping @Sendable () -> Void) { action = stop }

    var reason: StopReason? { first.withLock { $0 } }

    func stop(_ reason: StopReason) {
        let isFirst = first.withLock { first in
            defer { first = first ?? reason }
            return first == nil
        }
        if isFirst { action() }
    }
}
