import Core
import Foundation
import Grading
import Storage

/// An exam hour on nodes that exist only here. What is real is what decides: every submission goes through the store,
/// is claimed there by the rules of fairness, occupies a node's `Capacity`, and is finished there. Only time is made up:
/// it jumps from event to event.
struct Simulation: Sendable {
    let load: Load
    let nodes: Int
    let slotsPerNode: Int
    /// Submissions that the database can take through their whole life in a second.
    let databaseRate: Double

    struct Result: Sendable, Codable {
        let students: Int
        let nodes: Int
        let slots: Int
        /// Of the slots, over the hour.
        let utilisation: Double
        /// Seconds from a submission's arrival to its start.
        let medianWait: Double
        let wait99: Double
        let longestWait: Double
        let longestQueue: Int
        /// Seconds after the deadline at which the last one ended.
        let drained: Double
        /// Longest and shortest mean wait of a course, in seconds.
        let slowestCourse: Double
        let quickestCourse: Double
        /// Real microseconds per claim in the store.
        let claimMicroseconds: Double
        /// How many waited at the end of each minute.
        let queueByMinute: [Int]
    }

    /// Arrivals that are inserted together, as a group commit does.
    private static let tick = 0.05

    func run(in directory: String) async throws -> Result {
        let path = directory + "/simulation.sqlite"
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        let store = try await Store.sqlite(at: path)
        var state = State(self)
        let arrivals = load.arrivals()
        var next = 0
        while next < arrivals.count || !state.running.isEmpty || state.waiting > 0 {
            let arrival = next < arrivals.count ? arrivals[next].time : .infinity
            let claimable = state.waiting > 0 && state.hasFreeNode ? max(state.now, state.databaseFreeAt) : .infinity
            let end = state.running.first?.time ?? .infinity
            switch min(arrival, claimable, end) {
            case claimable where claimable < .infinity:
                state.advance(to: claimable)
                try await state.claim(from: store, arrivals)
            case end where end < .infinity:
                state.advance(to: end)
                try await state.finishFirst(in: store)
            default:
                var batch: [Submission] = []
                while next < arrivals.count, arrivals[next].time <= arrival + Self.tick {
                    batch.append(submission(arrivals[next], number: next))
                    next += 1
                }
                state.advance(to: arrivals[next - 1].time)
                try await store.insert(batch, within: QueueLimits(submissions: .max, bytes: .max))
                state.waiting += batch.count
            }
        }
        await store.close()
        return state.result()
    }

    private func submission(_ arrival: Load.Arrival, number: Int) -> Submission {
        var draft = SubmissionDraft(language: "c", files: [], task: .catalog("exam"))
        draft.owner = Owner(course: "course-\(arrival.student / load.courseSize)", user: "\(arrival.student)")
        draft.metadata = ["number": "\(number)"]
        draft.priority = .exam
        return Submission(
            id: SubmissionID(), draft: draft, createdAt: Date(timeIntervalSince1970: 1_700_000_000 + arrival.time),
            demand: ResourceDemand(cpus: 1, memory: 256 << 20), state: .queued(attempts: 0))
    }
}

extension Simulation {
    private struct Run: Sendable {
        let time: Double
        let lease: Lease
        let node: Int
        let share: Capacity.Share
    }

    /// What runs, the first to end in front; and what was measured.
    private struct State {
        let simulation: Simulation
        var now = 0.0
        var waiting = 0
        var databaseFreeAt = 0.0
        private(set) var running = Heap()
        private var free: [Int]
        private let capacities: [Capacity]
        private var busySeconds = 0.0
        private var waits: [Double] = []
        private var courses: [Int: (sum: Double, count: Int)] = [:]
        private var longestQueue = 0
        private var queueByMinute: [Int] = []
        private var claimTime = Duration.zero
        private var claims = 0

        init(_ simulation: Simulation) {
            self.simulation = simulation
            capacities = (0..<simulation.nodes).map { _ in
                Capacity(cpus: Array(0..<simulation.slotsPerNode), memory: simulation.slotsPerNode << 30)
            }
            free = Array(0..<simulation.nodes)
        }

        var hasFreeNode: Bool { !free.isEmpty }

        mutating func advance(to time: Double) {
            longestQueue = max(longestQueue, waiting)
            while Double(queueByMinute.count + 1) * 60 <= time { queueByMinute.append(waiting) }
            now = max(now, time)
        }

        /// The database is busy for its part of a submission's life, and then the next may claim.
        mutating func claim(from store: Store, _ arrivals: [Load.Arrival]) async throws {
            // Nodes that have room ask in turn.
            let node = free.removeFirst()
            let capacity = capacities[node]
            let offer = ClaimOffer(
                node: "node-\(node)", free: capacity.available, leaseDuration: .seconds(86_400),
                capacity: capacity.total, agedShare: 0)
            let start = ContinuousClock.now
            let lease = try await store.claim(offer)
            claimTime += ContinuousClock.now - start
            claims += 1
            databaseFreeAt = now + 1 / simulation.databaseRate
            guard let lease, let share = capacity.take(lease.submission.demand),
                let number = lease.submission.draft.metadata["number"].flatMap({ Int($0) })
            else { throw Failure(description: "\(waiting) wait, and nothing can be claimed") }
            waiting -= 1
            let arrival = arrivals[number]
            note(wait: now - arrival.time, of: arrival)
            running.insert(Run(time: now + arrival.seconds, lease: lease, node: node, share: share))
            if capacity.available.cpus > 0 { free.append(node) }
        }

        private mutating func note(wait: Double, of arrival: Load.Arrival) {
            waits.append(wait)
            courses[arrival.student / simulation.load.courseSize, default: (0, 0)].sum += wait
            courses[arrival.student / simulation.load.courseSize]?.count += 1
            busySeconds += arrival.seconds
        }

        mutating func finishFirst(in store: Store) async throws {
            let run = running.removeFirst()
            if capacities[run.node].available.cpus == 0 { free.append(run.node) }
            capacities[run.node].giveBack(run.share)
            guard try await store.finish(run.lease, with: Report(verdict: .accepted, backend: .native)) else {
                throw Failure(description: "a lease was lost")
            }
        }

        func result() -> Result {
            let sorted = waits.sorted()
            let means = courses.values.map { $0.sum / Double($0.count) }
            let slots = simulation.nodes * simulation.slotsPerNode
            return Result(
                students: simulation.load.students, nodes: simulation.nodes, slots: slots,
                utilisation: busySeconds / (Double(slots) * Load.window), medianWait: sorted[sorted.count / 2],
                wait99: sorted[sorted.count * 99 / 100], longestWait: sorted.last ?? 0, longestQueue: longestQueue,
                drained: max(0, now - Load.window), slowestCourse: means.max() ?? 0, quickestCourse: means.min() ?? 0,
                claimMicroseconds: claimTime / .microseconds(1) / Double(claims), queueByMinute: queueByMinute)
        }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The earliest in front.
    private struct Heap {
        private var runs: [Run] = []

        var isEmpty: Bool { runs.isEmpty }
        var first: Run? { runs.first }

        mutating func insert(_ run: Run) {
            runs.append(run)
            var index = runs.count - 1
            while index > 0, runs[index].time < runs[(index - 1) / 2].time {
                runs.swapAt(index, (index - 1) / 2)
                index = (index - 1) / 2
            }
        }

        mutating func removeFirst() -> Run {
            runs.swapAt(0, runs.count - 1)
            let first = runs.removeLast()
            var index = 0
            while true {
                let children = [2 * index + 1, 2 * index + 2].filter { $0 < runs.count }
                guard let child = children.min(by: { runs[$0].time < runs[$1].time }),
                    runs[child].time < runs[index].time
                else { return first }
                runs.swapAt(index, child)
                index = child
            }
        }
    }
}
