/// What a run exchanged with others over its network, in bytes, headers included.
package struct NetworkTraffic: Sendable, Hashable, Codable {
    package var sent: Int
    package var received: Int

    package init(sent: Int, received: Int) {
        self.sent = sent
        self.received = received
    }
}
