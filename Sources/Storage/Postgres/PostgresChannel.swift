import Core
import Foundation
import Logging
import Synchronization

/// Tells the other nodes what this one changed, and listeners on this one what the others changed.
///
/// Not in the transactions themselves: PostgreSQL lets those that notify commit only one after another, each with its
/// own synchronisation of the disk. What a node changed in the last moment before it was killed may therefore never be
/// told; whoever waits looks again from time to time. After the connection was down, all look at once (`missed`).
final class PostgresChannel: Sendable {
    static let name = "assay"
    /// Bytes of one notification; the server takes less than 8000.
    static let maximumPayload = 7900
    /// Changes kept to be told while the connection is down; with more, everybody is told to look.
    static let maximumWaiting = 4096
    /// How long it may take to tell that something is running. Each notification is a transaction of its own and wakes
    /// every node; most submissions end so soon that both are told together.
    static let runningDelay = Duration.milliseconds(20)

    private struct State {
        var waiting: [StoreEvent] = []
        var isStopped = false
        var hasStarted = false
        var started: CheckedContinuation<StorageError?, Never>?
        var stopped: [CheckedContinuation<Void, Never>] = []
        var isRunning = false
        /// The name that this process is known by, once it has asked for one.
        var name: String?
        var asking: CheckedContinuation<Result<Bool, StorageError>, Never>?
        /// When what waits must be told, if there is time.
        var due: ContinuousClock.Instant?

        /// How long what waits may still wait; `nil` when it may not.
        var delay: Duration? {
            guard let due, !waiting.isEmpty else { return nil }
            let left = ContinuousClock.now.duration(to: due)
            return left > .zero ? left : nil
        }
    }

    /// How long the server may take to notice that an earlier holder of the name is gone.
    static let namePatience = Duration.seconds(5)
    private static let nameInterval = Duration.milliseconds(100)

    private let url: String
    private let broadcast: EventBroadcast
    private let state = Mutex(State())
    /// A byte written here wakes the thread.
    private let wake = Pipe()
    private static let logger = Logger(label: "assay.storage")

    init(url: String, broadcast: EventBroadcast) {
        self.url = url
        self.broadcast = broadcast
        for handle in [wake.fileHandleForReading, wake.fileHandleForWriting] {
            // Waking never waits: a full pipe wakes as well.
            _ = fcntl(handle.fileDescriptor, F_SETFL, O_NONBLOCK)
        }
    }

    /// Returns once it listens.
    func start(patience: Duration) async throws(StorageError) {
        let failure: StorageError? = await withCheckedContinuation { continuation in
            state.withLock {
                $0.started = continuation
                $0.isRunning = true
            }
            let thread = Thread { self.run(patience: patience) }
            thread.name = "postgres-channel"
            thread.start()
        }
        if let failure { throw failure }
    }

    /// Locks the name on the connection that listens: the server frees it when the process or its machine is gone.
    /// After the connection was lost it is locked again. `false` when another process has it.
    func hold(name: String) async throws(StorageError) -> Bool {
        let result = await withCheckedContinuation { continuation in
            let isRunning = state.withLock { state in
                guard state.isRunning else { return false }
                (state.name, state.asking) = (name, continuation)
                return true
            }
            isRunning ? awake() : continuation.resume(returning: .failure(.closed))
        }
        return try result.get()
    }

    func tell(_ events: [StoreEvent]) {
        guard !events.isEmpty else { return }
        let isUrgent = events.contains { if case .changed(_, .running) = $0 { false } else { true } }
        state.withLock { state in
            if isUrgent { state.due = nil } else if state.waiting.isEmpty { state.due = .now + Self.runningDelay }
            state.waiting += events
            if state.waiting.count > Self.maximumWaiting { state.waiting = [.missed] }
        }
        awake()
    }

    /// Returns once the thread has ended.
    func stop() async {
        await withCheckedContinuation { continuation in
            let isRunning = state.withLock { state in
                state.isStopped = true
                if state.isRunning { state.stopped.append(continuation) }
                return state.isRunning
            }
            isRunning ? awake() : continuation.resume()
        }
    }

    private func awake() {
        var byte: UInt8 = 0
        _ = write(wake.fileHandleForWriting.fileDescriptor, &byte, 1)
    }

    private func run(patience: Duration) {
        let session = PostgresSession(url: url, changesSums: false)
        var deadline = ContinuousClock.now + patience
        var isAway = false
        while !state.withLock({ $0.isStopped }) {
            do throws(PostgresError) {
                let link = try session.connected(until: deadline)
                // What is told need not survive anything.
                try link.execute("LISTEN \(Self.name); SET synchronous_commit = off")
                if state.withLock({ $0.name != nil && $0.asking == nil }) { try takeName(link) }
                resumed(nil)
                if isAway { Self.logger.notice("PostgreSQL is back") }
                isAway = false
                while !state.withLock({ $0.isStopped }) {
                    if state.withLock({ $0.asking != nil }) { try takeName(link) }
                    let delay = state.withLock { $0.delay }
                    if delay == nil { try tellWaiting(link) }
                    hear(try link.notifications(), from: link.processID)
                    sleep(watching: link.socket, atMost: delay)
                }
            } catch {
                session.drop()
                if resumed(StorageError(error)) { break }
                if !isAway { Self.logger.warning("PostgreSQL is away: \(StorageError(error))") }
                isAway = true
                deadline = ContinuousClock.now + PostgresDatabase.patience
                Thread.sleep(forTimeInterval: PostgresSession.firstDelay / .seconds(1))
            }
        }
        let (stopped, asking) = state.withLock { state in
            state.isRunning = false
            defer { (state.stopped, state.asking) = ([], nil) }
            return (state.stopped, state.asking)
        }
        asking?.resume(returning: .failure(.closed))
        for continuation in stopped { continuation.resume() }
    }

    /// Tells the caller of `start` how it went, whether it was told now and not before. Later, that listening began
    /// again, and how much may have happened in between, is for everybody.
    @discardableResult
    private func resumed(_ failure: StorageError?) -> Bool {
        let (started, isFirst) = state.withLock { state in
            defer {
                state.started = nil
                state.hasStarted = true
            }
            if state.hasStarted, failure == nil { state.waiting = [.missed] }
            return (state.started, !state.hasStarted)
        }
        started?.resume(returning: failure)
        if !isFirst, failure == nil { broadcast.post([.missed]) }
        return isFirst
    }

    /// Answers who asked; when the connection is new, there is nobody, and another holder can only be complained of.
    private func takeName(_ link: PostgresLink) throws(PostgresError) {
        guard let name = state.withLock({ $0.name }) else { return }
        let deadline = ContinuousClock.now + Self.namePatience
        // The first number is the letters ASSA.
        let lock = "SELECT pg_try_advisory_lock(hashtextextended($1, 1095979841))"
        var isMine = false
        while !isMine, !state.withLock({ $0.isStopped }) {
            isMine = try link.run(lock, [.text(name)]).first?.values.first == .integer(1)
            guard !isMine, ContinuousClock.now < deadline else { break }
            Thread.sleep(forTimeInterval: Self.nameInterval / .seconds(1))
        }
        let asking = state.withLock { state in
            defer { state.asking = nil }
            if state.asking != nil, !isMine { state.name = nil }
            return state.asking
        }
        if let asking {
            asking.resume(returning: .success(isMine))
        } else if !isMine {
            Self.logger.error("another node has the same name", metadata: ["node": "\(name)"])
        }
    }

    private func tellWaiting(_ link: PostgresLink) throws(PostgresError) {
        while true {
            let payload = state.withLock { Self.takePayload(from: &$0.waiting) }
            guard !payload.isEmpty else { return }
            _ = try link.run("SELECT pg_notify('\(Self.name)', $1)", [.text(payload)])
        }
    }

    private static func takePayload(from events: inout [StoreEvent]) -> String {
        var (payload, count, queued) = ("", 0, false)
        for event in events {
            let word: String
            switch event {
            case .queued:
                word = queued ? "" : "queued "
                queued = true
            case .missed: word = "missed "
            case .changed(let id, let status): word = "\(id):\(status.rawValue) "
            }
            guard payload.utf8.count + word.utf8.count <= maximumPayload else { break }
            payload += word
            count += 1
        }
        events.removeFirst(count)
        return payload
    }

    private func hear(_ notifications: [(processID: Int32, payload: String)], from own: Int32) {
        var events: [StoreEvent] = []
        for notification in notifications where notification.processID != own {
            for word in notification.payload.split(separator: " ") {
                switch word {
                case "queued": events.append(.queued)
                case "missed": events.append(.missed)
                default:
                    let parts = word.split(separator: ":")
                    // A word of a newer version is no word for us.
                    guard parts.count == 2, let id = SubmissionID(parts[0]),
                        let status = SubmissionStatus(rawValue: String(parts[1]))
                    else { continue }
                    events.append(.changed(id, status))
                }
            }
        }
        broadcast.post(events)
    }

    /// Until the server says something, there is something to tell, or `limit` is over.
    private func sleep(watching socket: Int32, atMost limit: Duration?) {
        let reading = wake.fileHandleForReading.fileDescriptor
        var descriptors = [
            pollfd(fd: socket, events: Int16(POLLIN), revents: 0),
            pollfd(fd: reading, events: Int16(POLLIN), revents: 0),
        ]
        // Interrupted or failed, the loop looks and comes back.
        _ = poll(&descriptors, 2, limit.map { Int32(($0 / .milliseconds(1)).rounded(.up)) } ?? -1)
        var bytes = [UInt8](repeating: 0, count: 256)
        if descriptors[1].revents != 0 { while read(reading, &bytes, bytes.count) > 0 {} }
    }
}
