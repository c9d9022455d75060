/// Who a request comes from when it came through proxies.
struct ForwardedFor {
    let client: String
    let isSecure: Bool?

    /// Reads `X-Forwarded-For` from its end, where the nearest proxy wrote: as long as the writers are trusted, so is what
    /// they say. The first address that is not a trusted proxy is the client; what stands before it is hearsay.
    init?(_ headers: Headers, from peer: PeerAddress, trusting proxies: [AddressRange]) {
        guard !proxies.isEmpty, proxies.contains(where: { $0.contains(peer.address) }) else { return nil }
        var client = peer.text
        let path = headers.values(of: "X-Forwarded-For").joined(separator: ",").split(separator: ",")
        for hop in path.reversed().map(\.trimmed) {
            // Whatever is not an address ends what is known.
            guard let address = AddressRange.address(hop) else { break }
            client = hop
            if !proxies.contains(where: { $0.contains(address) }) { break }
        }
        self.client = client
        isSecure = headers["X-Forwarded-Proto"].map { $0.equalsIgnoringCase("https") }
    }
}
