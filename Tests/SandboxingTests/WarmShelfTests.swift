import Core
import Testing

@testable import Sandboxing

struct WarmShelfTests {
    private typealias Shelf = WarmShelf<Int>

    private func kind(_ name: String, stack: Int = 1) throws -> Shelf.Kind {
        let start = try #require(WarmStart(arguments: [name], environment: [:], preparation: WarmPreparation()))
        return Shelf.Kind(start: start, stack: stack)
    }

    @Test func whatIsAskedForOnceIsNotPrepared() throws {
        var shelf = Shelf(capacity: 4, minimum: 1)
        let a = try kind("a")
        #expect(shelf.take(a, .default).item == nil)
        #expect(shelf.next(isBusy: false) == nil)
        _ = shelf.take(a, .default)
        #expect(shelf.next(isBusy: true)?.kind == a)
        // While something runs, a quarter and one more.
        #expect(shelf.next(isBusy: true)?.kind == a)
        #expect(shelf.next(isBusy: true) == nil)
        #expect(shelf.put(1, a) == nil)
        #expect(shelf.take(a, .default).item == 1)
        #expect(try shelf.take(kind("a", stack: 2), .default).item == nil)
    }

    @Test func thereAreNeverMoreThanItHolds() throws {
        var shelf = Shelf(capacity: 2, minimum: 1)
        let (a, b) = (try kind("a"), try kind("b"))
        for _ in 0..<3 { _ = shelf.take(a, .default) }
        for item in 1...2 {
            #expect(shelf.next(isBusy: false)?.kind == a)
            #expect(shelf.put(item, a) == nil)
        }
        #expect(shelf.next(isBusy: false) == nil)
        for _ in 0..<2 { _ = shelf.take(b, .default) }
        let next = shelf.next(isBusy: false)
        #expect(next?.kind == b)
        #expect(next?.spare == 2)
        #expect(shelf.put(3, b) == nil)
        // The first of its kind made room, and no other does.
        #expect(shelf.next(isBusy: false) == nil)
        #expect(shelf.readyCount == 2)
    }

    @Test func kindsThatNobodyAsksForAreForgotten() throws {
        var shelf = Shelf(capacity: 4, minimum: 1)
        let a = try kind("a")
        for _ in 0..<2 { _ = shelf.take(a, .default) }
        _ = shelf.next(isBusy: true)
        #expect(shelf.put(1, a) == nil)
        var spare: [Int] = []
        for number in 0..<Shelf.kindCount { spare += try shelf.take(kind("\(number)"), .default).spare }
        #expect(spare == [1])
        #expect(shelf.put(2, a) == 2)
    }

    @Test func whatFailsIsTriedAgainLater() throws {
        var shelf = Shelf(capacity: 1, minimum: 1)
        let a = try kind("a")
        for _ in 0..<2 { _ = shelf.take(a, .default) }
        #expect(shelf.next(isBusy: false) != nil)
        shelf.fail(a, "no such file")
        _ = shelf.take(a, .default)
        #expect(shelf.next(isBusy: false) == nil)
        _ = shelf.decay()
        #expect(shelf.next(isBusy: false) != nil)
    }

    @Test func theyUseNoMoreMemoryTogetherThanTheyMay() throws {
        var shelf = Shelf(capacity: 8, memory: 100, minimum: 1)
        let (a, b) = (try kind("a"), try kind("b"))
        for _ in 0..<8 { _ = shelf.take(a, .default) }
        // What one takes is known after the first.
        #expect(shelf.next(isBusy: false)?.kind == a)
        #expect(shelf.put(1, a, memory: 50) == nil)
        #expect(shelf.next(isBusy: false)?.kind == a)
        #expect(shelf.put(2, a, memory: 50) == nil)
        #expect(shelf.next(isBusy: false) == nil)
        // Another kind is tried once. It has no room, and then makes some.
        for _ in 0..<2 { _ = shelf.take(b, .default) }
        #expect(shelf.next(isBusy: false)?.kind == b)
        #expect(shelf.put(3, b, memory: 50) == 3)
        let next = shelf.next(isBusy: false)
        #expect(next?.kind == b && next?.spare == 2)
        #expect(shelf.put(4, b, memory: 50) == nil)
        #expect(shelf.readyCount == 2)
        // One of 51 would be one byte too much for those that are there.
        #expect(shelf.take(b, .default).item == 4)
        _ = shelf.next(isBusy: false)
        #expect(shelf.put(5, b, memory: 51) == 5)
        #expect(Shelf(capacity: 8, memory: 0, minimum: 1).capacity == 0)
    }

    @Test func whatTakesLongWaitsForAFreeCPU() throws {
        for (time, isNext) in [(Shelf.longPreparation, true), (Shelf.longPreparation + .nanoseconds(1), false)] {
            var shelf = Shelf(capacity: 4, minimum: 1)
            let a = try kind("a")
            for _ in 0..<2 { _ = shelf.take(a, .default) }
            // Nobody knows before the first.
            #expect(shelf.next(isBusy: false, allowsLong: false)?.kind == a)
            #expect(shelf.put(1, a, after: time) == nil)
            #expect((shelf.next(isBusy: false, allowsLong: false) != nil) == isNext)
            #expect(shelf.next(isBusy: false, allowsLong: true) != nil)
        }
    }

    @Test func whatIsDearIsNotHeldWhileNobodyAsks() throws {
        for (memory, left) in [(Shelf.idleMemory, 1), (Shelf.idleMemory + 1, 0)] {
            var shelf = Shelf(capacity: 4, minimum: 1)
            let a = try kind("a")
            for _ in 0..<2 { _ = shelf.take(a, .default) }
            for item in 0..<3 where shelf.next(isBusy: false) != nil { _ = shelf.put(item, a, memory: memory) }
            for _ in 0..<4 { _ = shelf.decay() }
            #expect(shelf.readyCount == left)
        }
    }

    @Test func nothingIsHeldWhereThereIsNoPool() throws {
        var shelf = Shelf(capacity: 0, minimum: 0)
        for _ in 0..<3 { _ = try shelf.take(kind("a"), .default) }
        #expect(shelf.next(isBusy: false) == nil)
        #expect(shelf.rows.isEmpty)
    }
}
