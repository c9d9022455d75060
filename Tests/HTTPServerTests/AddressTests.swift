import Testing

@testable import HTTPServer

@Suite struct AddressTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("127.0.0.1", "127.0.0.1", true),
        ("127.0.0.1", "127.0.0.2", false), ("0.0.0.0/0", "1.2.3.4", true), ("0.0.0.0/0", "2001:db8::1", false),
        ("fd00::/8", "fdff::1", true), ("fd00::/8", "fe00::1", false), ("::1", "::1", true), ("::/0", "::2", true),
        ("10.0.0.0/31", "10.0.0.1", true), ("10.0.0.0/31", "10.0.0.2", false), ("10.0.0.0/8", "::ffff:10.1.1.1", true),
        ("2001:db8::/65", "2001:db8::7fff:0:0:1", true), ("2001:db8::/65", "2001:db8::8000:0:0:1", false),
    ])
    func knowsItsAddresses(_ range: String, _ address: String, _ contains: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(AddressRange.address(address)) == contains)
    }

    @Test(arguments: ["", "a", "10.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::/129", "10.0.0.0/8/8", "/8"])
    func refusesOthers(_ text: String) { #expect(AddressRange(text) == nil) }

    @Test func believesTrustedProxiesOnly() async throws {
        let proxies = ["127.0.0.1", "10.0.0.0/8"].compactMap { AddressRange($0) }
        var router = testRouter()
        router.on(.get, "/who") { .text("\($0.remoteAddress) \($0.isSecure)") }
        func ask(_ fields: String, trusting: [AddressRange]) async throws -> String? {
            try await withServer(router, configure: { $0.trustedProxies = trusting }) { _, port in
                let bytes = try await offPool {
                    try RawClient(port: port).exchange(Array(WireCase.get("/who", fields).utf8))
                }
                return try WireAnswer.all(in: bytes).first?.text
            }
        }
        let simple = "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n"
        #expect(try await ask(simple, trusting: proxies) == "192.0.2.1 true")
        #expect(try await ask(simple, trusting: []) == "127.0.0.1 false")
        #expect(try await ask(simple, trusting: [try #require(AddressRange("10.0.0.0/8"))]) == "127.0.0.1 false")
        #expect(try await ask("", trusting: proxies) == "127.0.0.1 false")
        let forged = "X-Forwarded-For: 198.51.100.7, 192.0.2.1, 10.1.1.1\r\n"
        #expect(try await ask(forged, trusting: proxies) == "192.0.2.1 false")
        let two = "X-Forwarded-For: 198.51.100.7\r\nX-Forwarded-For: 192.0.2.1\r\n"
        #expect(try await ask(two, trusting: proxies) == "192.0.2.1 false")
        let nonsense = "X-Forwarded-For: 192.0.2.1, <script>, 10.1.1.1\r\n"
        #expect(try await ask(nonsense, trusting: proxies) == "10.1.1.1 false")
    }
}
