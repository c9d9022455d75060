import Logging
import Synchronization

/// What all connections of a server share.
final class ServerContext: Sendable {
    let configuration: ServerConfiguration
    let responder: any Responder
    let logger: Logger
    let requestIDs = RequestIDs()
    let tally = ConnectionTally()
    let drain = DrainSignal()
    /// The certificate for new connections; `nil` before `loadCertificates()`, or without TLS.
    let tls = Mutex<TLSContext?>(nil)
    /// Whether anybody wants to know about exchanges.
    let isObserved: Bool

    init(_ configuration: ServerConfiguration, _ responder: any Responder, _ logger: Logger) {
        self.configuration = configuration
        self.responder = responder
        self.logger = logger
        let isLogged = configuration.accessLogLevel.map { logger.logLevel <= $0 } ?? false
        isObserved = isLogged || configuration.observer != nil
    }

    /// Reads certificate and key anew. Connections that are open keep what they began with.
    func loadCertificates() throws(ServerError) {
        guard let wanted = configuration.tls else { return }
        let context = try TLSContext(wanted)
        tls.withLock { $0 = context }
    }

    func report(_ exchange: Exchange) {
        configuration.observer?(exchange)
        if let level = configuration.accessLogLevel { exchange.log(to: logger, at: level) }
    }
}
