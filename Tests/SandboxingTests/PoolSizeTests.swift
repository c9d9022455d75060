import Testing

@testable import Sandboxing

struct PoolSizeTests {
    @Test func itGrowsWhenSomebodyHadToWaitAndNotBeyondItsMaximum() {
        var size = PoolSize(minimum: 1, maximum: 8)
        #expect(size.target == 1)
        size.take(ready: 1)
        #expect(size.target == 1)
        for expected in [3, 7, 8, 8] {
            size.take(ready: 0)
            #expect(size.target == expected)
        }
    }

    @Test func itGivesUpWhatWasNotNeededAndNotBelowItsMinimum() {
        var size = PoolSize(minimum: 2, maximum: 8)
        for _ in 0..<3 { size.take(ready: 0) }
        size.decay(ready: 8)
        // Everything was needed since.
        #expect(size.target == 8)
        size.take(ready: 6)
        size.decay(ready: 8)
        #expect(size.target == 4)
        for _ in 0..<4 { size.decay(ready: size.target) }
        #expect(size.target == 2)
    }

    @Test func aMinimumIsNeverMoreThanTheMaximum() {
        #expect(PoolSize(minimum: 5, maximum: 3).target == 3)
        var none = PoolSize(minimum: 0, maximum: 0)
        none.take(ready: 0)
        #expect(none.target == 0)
    }
}
