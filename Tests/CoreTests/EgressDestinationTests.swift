import Core
import Testing

struct EgressDestinationTests {
    @Test func itReadsANetworkAndAPort() throws {
        let network = try #require(EgressDestination("192.0.2.77/24:443"))
        #expect(network.address == 0xc000_0200 && network.prefix == 24 && network.port == 443)
        let one = try #require(EgressDestination("198.51.100.7:*"))
        #expect(one.prefix == 32 && one.port == nil)
        #expect(EgressDestination("0.0.0.0/0:80")?.address == 0)
    }

    @Test(arguments: [
        "", "192.0.2.1", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1/33:1", "192.0.2:1", "1.2.3.256:1",
        "example.org:443", "::1:80", "192.0.2.1/-1:1", "192.0.2.1/+1:1", "192.0.2.1/ 8:1", "1.2.3.4/8/8:1",
        "1.2.3.4:1:1",
    ]) func itRefuses(text: String) { #expect(EgressDestination(text) == nil) }

    @Test func oneIsInAnotherByNetworkAndPort() throws {
        func contains(_ outer: String, _ inner: String) throws -> Bool {
            try #require(EgressDestination(outer)).contains(try #require(EgressDestination(inner)))
        }
        #expect(try contains("10.0.0.0/8:*", "10.1.0.0/16:443"))
        #expect(try contains("0.0.0.0/0:443", "10.1.0.0/16:443"))
        #expect(try !contains("10.0.0.0/8:443", "10.1.0.0/16:*"))
        #expect(try !contains("10.1.0.0/16:*", "10.0.0.0/8:443"))
        #expect(try !contains("10.0.0.0/8:443", "10.0.0.1:80"))
    }
}
