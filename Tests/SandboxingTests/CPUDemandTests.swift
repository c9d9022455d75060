import Testing

@testable import Sandboxing

struct CPUDemandTests {
    /// Where eight are put, one after the other.
    private func shares(_ demand: CPUDemand) -> [Int] {
        var waiting = [0, 0]
        for _ in 0..<8 {
            let cpu = demand.rank(0, waiting: waiting[0]) <= demand.rank(1, waiting: waiting[1]) ? 0 : 1
            waiting[cpu] += 1
        }
        return waiting
    }

    @Test func withoutRequestsAllCPUsGetTheSame() { #expect(shares(CPUDemand()) == [4, 4]) }

    @Test func theyWaitWhereTheyAreAskedFor() {
        var demand = CPUDemand()
        for _ in 0..<20 { demand.count([1]) }
        #expect(shares(demand) == [0, 8])
        for _ in 0..<20 { demand.count([0]) }
        #expect(shares(demand) == [4, 4])
    }

    @Test func whatWasAskedForLongAgoIsForgotten() {
        var demand = CPUDemand()
        for _ in 0..<10_000 { demand.count([1]) }
        for _ in 0..<200 { demand.count([0]) }
        #expect(shares(demand)[0] >= 7)
    }

    @Test func severalCPUsAreNoPreference() {
        var demand = CPUDemand()
        for _ in 0..<20 { demand.count([0, 1]) }
        #expect(shares(demand) == [4, 4])
    }
}
