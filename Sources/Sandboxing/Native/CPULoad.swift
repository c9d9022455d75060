/// Which CPUs have how many sandboxes pinned to them, so that the next goes where the fewest are.
struct CPULoad: Sendable {
    private var counts: [Int: Int]

    init(cpus: [Int]) { counts = Dictionary(uniqueKeysWithValues: cpus.map { ($0, 0) }) }

    var isEmpty: Bool { counts.isEmpty }

    /// Takes the CPUs that were asked for, or the `count` least used ones. More than there are is all of them.
    mutating func take(_ wanted: [Int], count: Int) throws(SandboxError) -> [Int] {
        if let missing = wanted.first(where: { counts[$0] == nil }) {
            throw .cannotEnforce("pinning to CPU \(missing)")
        }
        let chosen = wanted.isEmpty ? leastUsed(max(1, count)) : wanted.sorted()
        for cpu in chosen { counts[cpu, default: 0] += 1 }
        return chosen
    }

    mutating func giveBack(_ cpus: [Int]) {
        for cpu in cpus { counts[cpu, default: 1] -= 1 }
    }

    private func leastUsed(_ count: Int) -> [Int] {
        let ordered = counts.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
        return ordered.prefix(count).map(\.key).sorted()
    }
}
