/// Finds the highest rate that the service keeps up with: nothing is turned away or fails, the latency's 99th percentile
/// stays below a limit, and the queue does not grow meanwhile.
package struct SustainableRate: Sendable {
    package struct Trial: Sendable {
        package var rate: Double
        package var result: LoadResult
        package var isSustained: Bool
    }

    private let plan: LoadPlan
    /// Milliseconds.
    private let limit: Double

    /// How often the interval between a rate that is kept up with and one that is not is halved.
    private static let halvings = 4
    private static let doublings = 12

    /// The queue grows if the median latency of the last quarter is more than this many times the first quarter's, and
    /// milliseconds.
    private static let growthFactor = 2.0
    private static let growthSlack = 100.0

    package init(_ plan: LoadPlan, limit: Double) {
        self.plan = plan
        self.limit = limit
    }

    /// Begins with the plan's rate. Returns every trial; the answer is the highest rate that was sustained.
    package func search(_ show: (Trial) -> Void) async -> [Trial] {
        var trials: [Trial] = []
        func isSustained(_ rate: Double) async -> Bool {
            let trial = await attempt(rate, seed: UInt64(trials.count))
            trials.append(trial)
            show(trial)
            return trial.isSustained
        }
        var (low, high) = (0.0, plan.rate)
        var doublings = 0
        while doublings < Self.doublings, await isSustained(high) {
            (low, high) = (high, high * 2)
            doublings += 1
        }
        for _ in 0..<Self.halvings {
            let middle = (low + high) / 2
            if await isSustained(middle) { low = middle } else { high = middle }
        }
        return trials
    }

    private func attempt(_ rate: Double, seed: UInt64) async -> Trial {
        var plan = plan
        plan.rate = rate
        plan.seed &+= seed
        let result = await LoadRun(plan).run()
        return Trial(rate: rate, result: result, isSustained: isSustained(result))
    }

    func isSustained(_ result: LoadResult) -> Bool {
        guard result.sent > 0, result.accepted == result.sent, result.latency.quantile(0.99) <= limit else {
            return false
        }
        // Towards a deadline more arrive late, and wait longer.
        guard plan.shape != .exam else { return true }
        let most = Self.growthFactor * result.earlyLatency.quantile(0.5) + Self.growthSlack
        return result.lateLatency.quantile(0.5) <= most
    }
}
