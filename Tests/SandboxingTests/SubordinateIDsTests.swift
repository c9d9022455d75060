import Testing

@testable import Sandboxing

/// Ranges of ids that belong to an ordinary user.
struct SubordinateIDsTests {
    private static let text = """
        other:100000:65536
        # ordinary:1:1
        ordinary:200000:10
        ordinary:300000:4096
        ordinary:400000:65536
        1234:500000:65536
        """

    @Test func theFirstRangeThatIsLargeEnoughIsTaken() {
        #expect(SubordinateIDs.first(of: ["1234", "ordinary"], 10, in: Self.text) == 200_000)
        #expect(SubordinateIDs.first(of: ["1234", "ordinary"], 11, in: Self.text) == 300_000)
        #expect(SubordinateIDs.first(of: ["1234", "ordinary"], 4096, in: Self.text) == 300_000)
        #expect(SubordinateIDs.first(of: ["1234", "ordinary"], 4097, in: Self.text) == 400_000)
        #expect(SubordinateIDs.first(of: ["1234"], 4096, in: Self.text) == 500_000)
        #expect(SubordinateIDs.first(of: ["ordinary"], 65537, in: Self.text) == nil)
        #expect(SubordinateIDs.first(of: ["nobody"], 1, in: Self.text) == nil)
    }

    @Test(arguments: [
        "a", "a:1", "a:x:10", "a:0:10", "a:1:x", "a:-1:10", "a:4294967290:10", "a:2147483640:10", "a:1:10:2",
    ])
    func aLineThatMakesNoSenseIsPassedOver(line: String) {
        #expect(SubordinateIDs.first(of: ["a"], 10, in: line) == nil)
    }

    @Test func partsOfTheRangeDoNotMeet() {
        let ids = SubordinateIDs(firstUser: 100_000, firstGroup: 200_000)
        #expect(ids.advanced(by: 300) == SubordinateIDs(firstUser: 100_300, firstGroup: 200_300))
    }
}
