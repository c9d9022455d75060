import Core
import Grading
import Testing

@Suite struct CapacityTests {
    @Test func givesWhatIsFreeAndNoMore() throws {
        let capacity = Capacity(cpus: [2, 5], memory: 100)
        #expect(capacity.total == ResourceDemand(cpus: 2, memory: 100))
        let first = try #require(capacity.take(ResourceDemand(cpus: 1, memory: 60)))
        #expect(first.cpus == [2])
        #expect(capacity.slots.map(\.cpu) == [2, 5] && capacity.slots.map(\.isBusy) == [true, false])
        #expect(capacity.take(ResourceDemand(cpus: 1, memory: 41)) == nil)
        let second = try #require(capacity.take(ResourceDemand(cpus: 1, memory: 40)))
        #expect(second.cpus == [5])
        #expect(capacity.take(ResourceDemand(cpus: 1, memory: 0)) == nil)
        capacity.giveBack(first)
        #expect(capacity.available == ResourceDemand(cpus: 1, memory: 60))
        capacity.giveBack(second)
        #expect(capacity.available == capacity.total)
    }
}
