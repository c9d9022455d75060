/// How often something was asked for on each CPU, of late.
struct CPUDemand: Sendable {
    /// Of more requests than this the older ones count less and less.
    private static let memory = 64

    private var counts: [Int: Int] = [:]

    /// One more was asked for on `cpus`. On several it could be on any.
    mutating func count(_ cpus: [Int]) {
        guard cpus.count == 1 else { return }
        counts[cpus[0], default: 0] += 1
        if counts.values.reduce(0, +) > Self.memory { counts = counts.mapValues { $0 / 2 } }
    }

    /// Lower where the next should wait, if `waiting` of them do already. Where nobody asked counts as one request.
    func rank(_ cpu: Int, waiting: Int) -> Double { Double(waiting + 1) / Double(counts[cpu, default: 0] + 1) }
}
