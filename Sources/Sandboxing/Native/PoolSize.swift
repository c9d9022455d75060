/// How many sandboxes are kept ready: more after somebody had to wait for one to be made, fewer after some were not
/// needed for a while.
struct PoolSize: Sendable, Hashable {
    let minimum: Int
    let maximum: Int
    private(set) var target: Int
    /// The fewest that were ready since the last look.
    private var leastReady: Int?

    init(minimum: Int, maximum: Int) {
        self.minimum = min(minimum, maximum)
        self.maximum = maximum
        target = self.minimum
    }

    /// One was asked for while `ready` were; 0 means that it had to be made.
    mutating func take(ready: Int) {
        if ready == 0 { target = min(maximum, 2 * target + 1) }
        leastReady = min(leastReady ?? ready, max(0, ready - 1))
    }

    /// Called in long intervals: what was never needed since the last call is given up, at most half. The minimum may go,
    /// too, where it is dear.
    mutating func decay(ready: Int, keepsMinimum: Bool = true) {
        let spare = leastReady ?? ready
        target = max(keepsMinimum ? minimum : 0, target - min(spare, (target + 1) / 2))
        leastReady = nil
    }
}
