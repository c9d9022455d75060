package import Core
import Synchronization

/// The CPUs and the memory of this node that submissions may occupy, and which of them are free.
package final class Capacity: Sendable {
    /// All of it.
    package let total: ResourceDemand
    /// The CPUs that its slots are, by number.
    private let cpus: [Int]
    private let free: Mutex<Free>

    private struct Free: Sendable {
        /// CPU numbers, lowest first.
        var cpus: [Int]
        var memory: Int
    }

    /// What one submission holds until it is given back.
    package struct Share: Sendable, Hashable {
        /// The CPUs that it is pinned to, by number.
        package let cpus: [Int]
        package let memory: Int
    }

    /// `cpus` by number; one slot each. `memory` in bytes.
    package init(cpus: [Int], memory: Int) {
        total = ResourceDemand(cpus: cpus.count, memory: memory)
        self.cpus = cpus.sorted()
        free = Mutex(Free(cpus: cpus.sorted(), memory: memory))
    }

    /// What is free now.
    package var available: ResourceDemand {
        free.withLock { ResourceDemand(cpus: $0.cpus.count, memory: $0.memory) }
    }

    /// Each CPU by its number, and whether something runs on it now.
    package var slots: [(cpu: Int, isBusy: Bool)] {
        let free = Set(self.free.withLock(\.cpus))
        return cpus.map { ($0, !free.contains($0)) }
    }

    /// Takes what `demand` asks for; `nil` if that much is not free.
    package func take(_ demand: ResourceDemand) -> Share? {
        free.withLock { free in
            guard demand.cpus <= free.cpus.count, demand.memory <= free.memory else { return nil }
            let cpus = Array(free.cpus.prefix(demand.cpus))
            free.cpus.removeFirst(demand.cpus)
            free.memory -= demand.memory
            return Share(cpus: cpus, memory: demand.memory)
        }
    }

    package func giveBack(_ share: Share) {
        free.withLock { free in
            free.cpus = (free.cpus + share.cpus).sorted()
            free.memory += share.memory
        }
    }
}
