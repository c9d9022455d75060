import Testing

@testable import API

@Suite struct OutboundTests {
    @Test(
        arguments: [
            ([8, 8, 8, 8], true), ([127, 0, 0, 1], false), ([10, 1, 2, 3], false), ([172, 15, 0, 1], true),
            ([172, 31, 255, 255], false), ([172, 32, 0, 0], true), ([192, 168, 1, 1], false),
            ([169, 254, 169, 254], false),
            ([100, 64, 0, 1], false), ([100, 128, 0, 1], true), ([0, 0, 0, 0], false), ([224, 0, 0, 1], false),
            ([255, 255, 255, 255], false), ([198, 19, 0, 1], false),
        ] as [([UInt8], Bool)])
    func someAddressesArePublic(_ bytes: [UInt8], _ isPublic: Bool) {
        #expect(NetworkAddress(bytes: bytes).isPublic == isPublic)
    }

    @Test func ipv6HidesNothing() {
        func address(_ start: [UInt8], _ end: [UInt8] = [1]) -> NetworkAddress {
            NetworkAddress(bytes: start + [UInt8](repeating: 0, count: 16 - start.count - end.count) + end)
        }
        #expect(address([0x2a, 0x00, 0x14, 0x50]).isPublic)
        #expect(address([0x20, 0x01, 0x48, 0x60]).isPublic)
        #expect(!address([]).isPublic)
        #expect(!address([0xfe, 0x80]).isPublic)
        #expect(!address([0xfd]).isPublic)
        #expect(!address([], [0xff, 0xff, 127, 0, 0, 1]).isPublic)
        #expect(!address([0, 0x64, 0xff, 0x9b], [127, 0, 0, 1]).isPublic)
        #expect(!address([0x20, 0x02, 127, 0, 0, 1]).isPublic)
        #expect(!address([0x20, 0x01, 0x0d, 0xb8]).isPublic)
        #expect(!address([0x20, 0x01, 0, 0]).isPublic)
    }

    @Test(arguments: [
        "http://x", "https://x.example:8443/a?b=c", "http://[2001:db8::1]:80/", "HTTP://x/%20",
    ])
    func targetsAreURLs(_ text: String) { #expect(OutboundRequest.Target(text) != nil) }

    @Test(arguments: [
        "", "x", "ftp://x/", "http://", "http://u:p@x/", "http:///x", "http://x:0/", "http://x:70000/",
        "http://x/\r\nA: b",
    ])
    func othersAreNone(_ text: String) { #expect(OutboundRequest.Target(text) == nil) }

    @Test func privateAddressesAreNotReached() async throws {
        let target = try #require(OutboundRequest.Target("http://localhost:9/"))
        let request = OutboundRequest(method: "PUT", target: target, body: [], contentType: "text/plain")
        await #expect(throws: OutboundRequest.Failure.forbiddenAddress) {
            try await request.send(timeout: .seconds(2), allowsPrivate: false)
        }
    }
}
