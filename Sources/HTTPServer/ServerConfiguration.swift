package import Logging

/// Every limit and timeout of the server, with its default. Whoever sends bytes is not trusted: each of these is a
/// bound on what one client can make the server keep or wait for.
package struct ServerConfiguration: Sendable {
    /// Where to listen.
    package var addresses: [ListenAddress] = [.tcp(host: "127.0.0.1", port: 8080)]
    /// Where to speak TLS; never the same sockets as `addresses`. Needs `tls`.
    package var tlsAddresses: [ListenAddress] = []
    package var tls: TLSConfiguration?
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. Anybody else could write there whatever
    /// passes a limit by address.
    package var trustedProxies: [AddressRange] = []

    // What a request may be.

    /// Bytes of the request line with its end; longer is 414.
    package var maximumRequestLine = 8 << 10
    /// Bytes of all header fields (or trailer fields) together; more is 431.
    package var maximumHeaderBytes = 32 << 10
    /// Header fields; more is 431.
    package var maximumHeaderCount = 100
    /// Bytes of a body, whatever the route says; more is 413.
    package var maximumBody = 256 << 20

    // How many.

    /// Connections at one time; the next one is answered 503 and closed.
    package var maximumConnections = 8192
    /// Connections at one time from one address (for IPv6: from one /64). Unix sockets do not count. A lecture hall may
    /// have one address.
    package var maximumConnectionsPerAddress = 2048
    /// Requests on one connection, after which it is closed; bounds what a leak per connection could come to.
    package var maximumRequestsPerConnection = 100_000
    /// Connections that the kernel keeps waiting to be accepted.
    package var backlog: Int32 = 1024

    // How long.

    /// From a connection's acceptance to the end of its TLS handshake.
    package var handshakeTimeout: Duration = .seconds(10)
    /// From a request's first byte (on a new connection: from its acceptance) to the end of its head; later is 408.
    package var headerTimeout: Duration = .seconds(10)
    /// For a body, on top of what `minimumRate` grants for the bytes that came; later is 408.
    package var bodyTimeout: Duration = .seconds(30)
    /// Between requests on a kept connection, which is then closed without a word.
    package var idleTimeout: Duration = .seconds(75)
    /// For the client to take what was written, on top of what `minimumRate` grants for the bytes it took.
    package var writeTimeout: Duration = .seconds(30)
    /// Bytes per second below which a client that sends or takes a body is given up.
    package var minimumRate = 1024
    /// For a client to take the last answer and close, after which unread bytes may cost it that answer.
    package var lingerTimeout: Duration = .seconds(2)
    /// Bytes of an unwanted body that are read and dropped, so that the client gets to see its answer.
    package var maximumDrainedBytes = 256 << 10
    /// For requests in flight to finish after `beginDrain()`; then they are cancelled.
    package var drainTimeout: Duration = .seconds(20)

    // How.

    /// Event-loop threads.
    package var threads = 2
    /// Whether an IPv6 wildcard address also takes IPv4 clients.
    package var isDualStack = true
    /// The `Server` header; `nil` leaves it out.
    package var serverName: String? = "assay"
    /// Whether every answer names its request in `X-Request-Id`.
    package var sendsRequestID = true

    // What it tells.

    /// The level at which every exchange is logged; `nil` logs none. Query values, headers and bodies are never logged.
    package var accessLogLevel: Logger.Level? = .info
    /// Called after every exchange, on the thread that served it; must not block.
    package var observer: (@Sendable (Exchange) -> Void)?

    package init() {}
}
