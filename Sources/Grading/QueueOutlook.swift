import Core
import Foundation
package import Storage

/// What is to be expected of the queue, worked out from its order and its pace at one moment.
package struct QueueOutlook: Sendable {
    let madeAt: ContinuousClock.Instant
    let slots: Int
    /// Those that waited, each at its place.
    let places: [SubmissionID: QueueForecast.Place]
    /// The last place of each class: a newcomer comes after it.
    private let last: [PriorityClass: QueueForecast.Place]
    private let durations: Durations
    private let endedLately: Int

    /// Of an empty queue.
    init() { self.init(order: [], pace: QueuePace(durations: [:], running: [], endedLately: 0), slots: 1) }

    init(order: [QueuedEntry], pace: QueuePace, slots: Int, at now: Date = Date()) {
        madeAt = .now
        self.slots = slots
        durations = Durations(pace.durations)
        endedLately = pace.endedLately
        var free = SlotTimes(count: slots)
        for running in pace.running {
            let elapsed = Duration.seconds(max(0, now.timeIntervalSince(running.since)))
            free.occupy(running.cpus, for: max(.zero, durations.expected(of: running.kind) - elapsed))
        }
        var (places, last): ([SubmissionID: QueueForecast.Place], [PriorityClass: QueueForecast.Place]) = ([:], [:])
        places.reserveCapacity(order.count)
        for (index, entry) in order.enumerated() {
            let kind = WorkKind(task: entry.task, language: entry.language)
            let end = free.occupy(entry.demand.cpus, for: durations.expected(of: kind))
            let place = QueueForecast.Place(position: index + 1, wait: end)
            places[entry.id] = place
            last[entry.priority] = place
        }
        self.places = places
        self.last = last
    }

    /// The same, taken for current once more.
    var renewed: QueueOutlook { QueueOutlook(self) }

    private init(_ other: QueueOutlook) {
        madeAt = .now
        (slots, places, last) = (other.slots, other.places, other.last)
        (durations, endedLately) = (other.durations, other.endedLately)
    }

    /// Of a submission that waits.
    func place(of submission: Submission) -> QueueForecast.Place {
        place(of: submission.id, submission.draft.kind, submission.draft.priority)
    }

    /// One that came after the look stands behind all of its class and of more urgent ones.
    private func place(of id: SubmissionID, _ kind: WorkKind, _ priority: PriorityClass) -> QueueForecast.Place {
        if let place = places[id] { return place }
        let expected = durations.expected(of: kind)
        let ahead = PriorityClass.allCases.prefix { $0 != priority } + [priority]
        guard let before = ahead.compactMap({ last[$0] }).max(by: { ($0.position ?? 0) < ($1.position ?? 0) }) else {
            return QueueForecast.Place(position: 1, wait: expected)
        }
        return QueueForecast.Place(position: (before.position ?? 0) + 1, wait: before.wait + expected / slots)
    }

    /// Of a row of a list; `nil` for one that has ended.
    package func place(of summary: SubmissionSummary) -> QueueForecast.Place? {
        let kind = WorkKind(task: summary.task, language: summary.language)
        return switch summary.status {
        case .queued: place(of: summary.id, kind, summary.priority)
        case .running: remaining(of: kind, since: summary.startedAt ?? .now)
        case .finished, .cancelled: nil
        }
    }

    /// Of what runs since `since`.
    func remaining(of kind: WorkKind, since: Date) -> QueueForecast.Place {
        let elapsed = Duration.seconds(max(0, -since.timeIntervalSinceNow))
        return QueueForecast.Place(position: nil, wait: max(.zero, durations.expected(of: kind) - elapsed))
    }

    /// The part of a bound that should be free when a refused client comes back.
    static let freedPart = 10
    static let shortestRetry = Duration.seconds(1)
    static let longestRetry = Duration.seconds(300)

    /// When a tenth of `waiting` submissions will have drained, at the rate of the last minute, or, when nothing ended in
    /// it, at the rate that the slots should reach.
    func retryAfter(waiting: Int) -> Duration {
        let measured = Double(endedLately) / Store.paceWindow.inSeconds
        let expected = Double(slots) / max(0.001, durations.typical.inSeconds)
        let rate = endedLately > 0 ? measured : expected
        let seconds = (Double(max(1, waiting)) / Double(Self.freedPart) / rate).rounded(.up)
        return min(max(Self.shortestRetry, .seconds(min(seconds, Self.longestRetry.inSeconds))), Self.longestRetry)
    }

    /// How many wait.
    var length: Int { places.count }
}

/// What grading took, for the kinds of work that were seen.
private struct Durations: Sendable {
    /// Where nothing was ever graded.
    static let unknown = Duration.seconds(1)

    private let kinds: [WorkKind: Duration]
    private let languages: [String: Duration]
    /// Of everything together.
    let typical: Duration

    init(_ means: [WorkKind: QueuePace.Mean]) {
        kinds = means.mapValues(\.duration)
        languages = Dictionary(grouping: means, by: \.key.language).mapValues { Self.mean($0.map(\.value)) }
        typical = means.isEmpty ? Self.unknown : Self.mean(Array(means.values))
    }

    /// Of the same task and language; else of the language; else of everything.
    func expected(of kind: WorkKind) -> Duration { kinds[kind] ?? languages[kind.language] ?? typical }

    private static func mean(_ means: [QueuePace.Mean]) -> Duration {
        let count = means.reduce(0) { $0 + $1.count }
        return means.reduce(.zero) { $0 + $1.duration * $1.count } / max(1, count)
    }
}

/// When each slot is free, from now.
private struct SlotTimes {
    /// A heap: the earliest first.
    private var times: [Duration]

    init(count: Int) { times = Array(repeating: .zero, count: max(1, count)) }

    /// Gives the first `cpus` slots that are free `duration` of work, beginning when all of them are; when it ends.
    @discardableResult
    mutating func occupy(_ cpus: Int, for duration: Duration) -> Duration {
        var start = Duration.zero
        let count = min(max(1, cpus), times.count)
        for _ in 0..<count { start = max(start, removeFirst()) }
        for _ in 0..<count { insert(start + duration) }
        return start + duration
    }

    private mutating func removeFirst() -> Duration {
        let first = times[0]
        let moved = times.removeLast()
        guard !times.isEmpty else { return first }
        times[0] = moved
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < times.count }
            guard let child = children.min(by: { times[$0] < times[$1] }), times[child] < times[parent] else { break }
            times.swapAt(parent, child)
            parent = child
        }
        return first
    }

    private mutating func insert(_ time: Duration) {
        times.append(time)
        var child = times.count - 1
        while child > 0, times[child] < times[(child - 1) / 2] {
            times.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }
}

extension SubmissionDraft {
    var kind: WorkKind {
        if case .catalog(let name) = task { return WorkKind(task: name, language: language) }
        return WorkKind(task: nil, language: language)
    }
}
