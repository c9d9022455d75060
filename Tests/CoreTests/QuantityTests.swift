import Core
import Testing

@Suite struct QuantityTests {
    @Test(arguments: [
        ("2s", Duration.seconds(2)), ("500ms", .milliseconds(500)), ("1.5 s", .milliseconds(1500)),
        ("3min", .seconds(180)),
        ("1h", .seconds(3600)), ("250us", .microseconds(250)),
    ])
    func readsTimes(_ text: String, _ duration: Duration) {
        #expect(Quantity.duration(text) == duration)
    }

    @Test(arguments: ["", "2", "s", "-1s", "1e3s", "2 weeks", "2s ", "nan s", "99999999999999s", "1.2.3s"])
    func refusesOtherTimes(_ text: String) {
        #expect(Quantity.duration(text) == nil)
    }

    @Test(arguments: [
        ("65536", 65536), ("64 KiB", 65536), ("256MiB", 256 << 20), ("1.5 GiB", 3 << 29), ("10 MB", 10_000_000),
    ])
    func readsSizes(_ text: String, _ bytes: Int) {
        #expect(Quantity.bytes(text) == bytes)
    }

    @Test(arguments: ["", "MiB", "-5", "10 mib", "1e9", "99999999999 TiB", "12 bytes"])
    func refusesOtherSizes(_ text: String) {
        #expect(Quantity.bytes(text) == nil)
    }

    @Test func durationsInUnits() {
        #expect(Duration.milliseconds(1500).inSeconds == 1.5)
        #expect(Duration.milliseconds(1500).inNanoseconds == 1_500_000_000)
        #expect(Duration.seconds(Int64.max).inNanoseconds == .max)
        #expect(Duration.seconds(Int64.min).inNanoseconds == .min)
    }
}
