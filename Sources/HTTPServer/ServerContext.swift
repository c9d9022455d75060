import Logging

/// What all connections of a server share.
final class ServerContext: Sendable {
    let configuration: ServerConfiguration
    let responder: any Responder
    let logger: Logger
    let requestIDs = RequestIDs()
    let tally = ConnectionTally()
    let drain = DrainSignal()

    init(_ configuration: ServerConfiguration, _ responder: any Responder, _ logger: Logger) {
        self.configuration = configuration
        self.responder = responder
        self.logger = logger
    }
}
