import Core

/// Which runtimes are worth holding ready, and how many sandboxes with each: those asked for more than once, the last
/// ones used before others, and never more than `capacity` together.
struct WarmShelf<Item: Sendable>: Sendable {
    /// A runtime, and what about its sandbox cannot be changed afterwards: the kernel lays out a process by the limit of
    /// its stack.
    struct Kind: Sendable, Hashable {
        let start: WarmStart
        let stack: Int
    }

    struct Row: Sendable {
        var size: PoolSize
        var ready: [Item] = []
        var fillingCount = 0
        /// Bytes that the last one used.
        var memory = 0
        /// How long the last one took to prepare itself.
        var preparation = Duration.zero
        var askCount = 0
        /// Of the last run that asked.
        var limits: Limits
        /// Why the last one could not be prepared. Then no other is tried until the next look at what is spare.
        var problem: String?
    }

    let capacity: Int
    /// Bytes that all together may use. What is not known yet is tried once.
    let memory: Int
    private let minimum: Int
    private(set) var rows: [Kind: Row] = [:]
    /// From the kind used longest ago to the last one.
    private var lastUsed: [Kind] = []

    /// Kinds that are remembered.
    static var kindCount: Int { 8 }

    /// One that uses more is not held while nothing asks for it.
    static var idleMemory: Int { 16 << 20 }

    /// What takes longer to prepare costs more than it saves, unless a CPU would be idle.
    static var longPreparation: Duration { .milliseconds(200) }

    /// `minimum` of each kind are held while nothing is asked for.
    init(capacity: Int, memory: Int = .max, minimum: Int) {
        self.capacity = memory > 0 ? capacity : 0
        self.memory = memory
        self.minimum = min(minimum, self.capacity)
    }

    var readyCount: Int { rows.values.reduce(0) { $0 + $1.ready.count } }
    private var count: Int { rows.values.reduce(0) { $0 + $1.ready.count + $1.fillingCount } }
    var fillingCount: Int { rows.values.reduce(0) { $0 + $1.fillingCount } }
    /// Whether anything is known to take long to prepare.
    var hasLong: Bool { rows.values.contains { $0.preparation > Self.longPreparation } }
    private var usedMemory: Int { rows.values.reduce(0) { $0 + ($1.ready.count + $1.fillingCount) * $1.memory } }

    /// A ready one, if there is one, rather one that `isPreferred`, and those that were given up to make room.
    mutating func take(
        _ kind: Kind, _ limits: Limits, where isPreferred: (Item) -> Bool = { _ in true }
    ) -> (item: Item?, spare: [Item]) {
        guard capacity > 0 else { return (nil, []) }
        lastUsed.removeAll { $0 == kind }
        lastUsed.append(kind)
        var spare: [Item] = []
        while lastUsed.count > Self.kindCount {
            spare += rows.removeValue(forKey: lastUsed.removeFirst())?.ready ?? []
        }
        var row = rows[kind] ?? Row(size: PoolSize(minimum: minimum, maximum: capacity), limits: limits)
        row.askCount += 1
        row.limits = limits
        row.size.take(ready: row.ready.count)
        let index = row.ready.lastIndex(where: isPreferred) ?? row.ready.indices.last
        let item = index.map { row.ready.remove(at: $0) }
        rows[kind] = row
        return (item, spare)
    }

    /// The kind of which one more is to be prepared, which is counted as begun, and what has to go for it. While
    /// something runs, only few are wanted; `allowsLong` is for when a CPU was free for a while.
    mutating func next(isBusy: Bool, allowsLong: Bool = true) -> (kind: Kind, limits: Limits, spare: Item?)? {
        for (age, kind) in lastUsed.reversed().enumerated() {
            guard var row = rows[kind], row.askCount > 1, row.problem == nil else { continue }
            guard allowsLong || row.preparation <= Self.longPreparation else { continue }
            let full = row.size.target
            guard row.ready.count + row.fillingCount < (isBusy ? min(full, full / 4 + 1) : full) else { continue }
            var spare: Item?
            let missing = usedMemory + row.memory - memory
            if count >= capacity || missing > 0 {
                // Only what was used longer ago makes room, and only for the first of a kind.
                guard row.ready.isEmpty, row.fillingCount == 0,
                    let older = lastUsed.dropLast(age + 1).first(where: { makesRoom(missing, $0) })
                else { continue }
                spare = rows[older]?.ready.popLast()
            }
            row.fillingCount += 1
            rows[kind] = row
            return (kind, row.limits, spare)
        }
        return nil
    }

    private func makesRoom(_ bytes: Int, _ kind: Kind) -> Bool {
        guard let row = rows[kind], !row.ready.isEmpty else { return false }
        return row.memory >= bytes
    }

    /// What `next` began has come to an end: an item that uses `memory` bytes, and took so long. Returns it if nobody wants
    /// it any more, or there is no room for it.
    mutating func put(_ item: Item, _ kind: Kind, memory: Int = 0, after preparation: Duration = .zero) -> Item? {
        guard var row = rows[kind] else { return item }
        row.fillingCount -= 1
        row.memory = memory
        row.preparation = preparation
        rows[kind] = row
        guard usedMemory + memory <= self.memory else { return item }
        rows[kind]?.ready.append(item)
        return nil
    }

    mutating func fail(_ kind: Kind, _ problem: String) {
        rows[kind]?.fillingCount -= 1
        rows[kind]?.problem = problem
    }

    /// Called in long intervals. Returns what was not needed since the last call.
    mutating func decay() -> [Item] {
        var spare: [Item] = []
        for kind in lastUsed {
            guard var row = rows[kind] else { continue }
            row.problem = nil
            row.size.decay(ready: row.ready.count, keepsMinimum: row.memory <= Self.idleMemory)
            while row.ready.count > row.size.target { spare.append(row.ready.removeLast()) }
            rows[kind] = row
        }
        return spare
    }

    /// Every item is gone.
    mutating func clear() {
        for kind in lastUsed { rows[kind]?.ready = [] }
    }
}
