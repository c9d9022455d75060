import CLinux
import Glibc
package import Logging
import Synchronization

/// An HTTP/1.1 server: `start()` binds, `run()` serves until its task is cancelled or `beginDrain()` is called.
package final class HTTPServer: Sendable {
    /// A listener, and whether its clients speak TLS.
    private typealias Door = (listener: Listener, isSecure: Bool)

    private enum Phase {
        case made
        case started([Door])
        case running
        case finished
    }

    private struct State {
        var phase = Phase.made
        var addresses: [BoundAddress] = []
        var tlsAddresses: [BoundAddress] = []
        var isDraining = false
        var drainWaiters: [UnsafeContinuation<Void, Never>] = []
        var finishWaiters: [UnsafeContinuation<Void, Never>] = []
    }

    private let context: ServerContext
    private let state = Mutex(State())

    package init(configuration: ServerConfiguration = ServerConfiguration(), responder: any Responder, logger: Logger) {
        context = ServerContext(configuration, responder, logger)
    }

    /// Where the server listens, plain addresses first; known once it was started.
    package var boundAddresses: [BoundAddress] { state.withLock { $0.addresses } }

    /// Those of them where it speaks TLS.
    package var boundTLSAddresses: [BoundAddress] { state.withLock { $0.tlsAddresses } }

    /// Connections at this moment.
    package var connectionCount: Int { context.tally.total }

    /// Reads certificate and key anew, for connections from now on. When that fails, the old ones stay in use.
    package func reloadCertificates() throws(ServerError) { try context.loadCertificates() }

    /// Binds and listens. Clients can connect from now on; they are answered when `run()` is called.
    package func start() throws(ServerError) {
        guard state.withLock({ if case .made = $0.phase { true } else { false } }) else { throw .alreadyStarted }
        var doors: [Door] = []
        let configuration = context.configuration
        do throws(ServerError) {
            for address in configuration.addresses {
                doors += try Listener.open(address, configuration: configuration).map { ($0, false) }
            }
            if !configuration.tlsAddresses.isEmpty {
                guard configuration.tls != nil else { throw .tls("certificate", "none is configured") }
                try context.loadCertificates()
            }
            for address in configuration.tlsAddresses {
                doors += try Listener.open(address, configuration: configuration).map { ($0, true) }
            }
        } catch {
            doors.forEach { $0.listener.close() }
            throw error
        }
        state.withLock { [doors] state in
            state.phase = .started(doors)
            state.addresses = doors.map(\.listener.address)
            state.tlsAddresses = doors.filter(\.isSecure).map(\.listener.address)
        }
    }

    /// Serves; returns when everything is finished after `beginDrain()` or the cancellation of its task.
    package func run() async {
        guard let doors = takeDoors() else { return }
        do throws(ServerError) {
            var loops: [EventLoop] = []
            for _ in 0..<max(1, context.configuration.threads) { loops.append(try EventLoop()) }
            await withTaskCancellationHandler {
                await serve(doors, loops)
            } onCancel: {
                beginDrain()
            }
        } catch {
            context.logger.critical("Cannot serve", metadata: ["reason": "\(error)"])
            doors.forEach { $0.listener.close() }
        }
        let waiters = state.withLock { state in
            state.phase = .finished
            defer { state.finishWaiters = [] }
            return state.finishWaiters
        }
        waiters.forEach { $0.resume() }
    }

    /// Stops accepting; requests in flight are finished, idle connections closed. Returns at once; handlers that wait
    /// know of it before it does.
    package func beginDrain() {
        context.drain.begin()
        let waiters = state.withLock { state in
            state.isDraining = true
            defer { state.drainWaiters = [] }
            return state.drainWaiters
        }
        waiters.forEach { $0.resume() }
    }

    /// Drains, and returns when `run()` is about to return.
    package func shutdown() async {
        beginDrain()
        await withUnsafeContinuation { waiter in
            let isOver = state.withLock { state in
                if case .running = state.phase {
                    state.finishWaiters.append(waiter)
                    return false
                }
                return true
            }
            if isOver { waiter.resume() }
        }
        if let doors = takeDoors() { doors.forEach { $0.listener.close() } }
    }

    private func takeDoors() -> [Door]? {
        state.withLock { state in
            guard case .started(let doors) = state.phase else { return nil }
            state.phase = .running
            return doors
        }
    }

    private func serve(_ doors: [Door], _ loops: [EventLoop]) async {
        let threads = StallWatch(loops, context.tally)
        threads.start()
        let acceptors = doors.map { Acceptor($0.listener, isSecure: $0.isSecure, loops: loops, context: context) }
        acceptors.forEach { $0.start() }
        await draining()
        acceptors.forEach { $0.stop() }
        doors.forEach { $0.listener.close() }
        await drain(loops)
        threads.stop()
    }

    private func draining() async {
        await withUnsafeContinuation { waiter in
            let isDraining = state.withLock { state in
                if !state.isDraining { state.drainWaiters.append(waiter) }
                return state.isDraining
            }
            if isDraining { waiter.resume() }
        }
    }

    /// Lets requests in flight finish within the drain timeout, then cancels them.
    private func drain(_ loops: [EventLoop]) async {
        for loop in loops { loop.allConnections.forEach { $0.readiness.drain() } }
        // Outlives nothing: it is cancelled when the last connection is gone. Unstructured, because this task may itself
        // be cancelled, which must not cut the time short.
        let deadline = Task { [context] in
            try? await Task.sleep(for: context.configuration.drainTimeout)
            for loop in loops { loop.allConnections.forEach { $0.readiness.abort() } }
        }
        await context.tally.empty()
        deadline.cancel()
    }
}
