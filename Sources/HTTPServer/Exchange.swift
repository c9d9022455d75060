import Logging

/// A request and its answer, as metrics and the access log see them. Holds no query values, headers or bodies.
package struct Exchange: Sendable {
    package let method: Method
    package let path: String
    /// The pattern of the route that answered; `nil` where none did.
    package let route: String?
    package let status: Status
    /// From the end of the request's head to the last byte that the kernel took.
    package let duration: Duration
    /// Bytes of the request's body as far as it was read at once.
    package let requestBytes: Int
    /// Who asked, by the client's address.
    package let remoteAddress: String
    package let requestID: String
    package let trace: TraceContext?
    /// Whether the answer went out whole.
    package let isComplete: Bool
}

extension Exchange {
    func log(to logger: Logger, at level: Logger.Level) {
        var metadata: Logger.Metadata = [
            "method": "\(method)", "path": "\(path)", "status": "\(status.code)", "ms": "\(milliseconds)",
            "remote": "\(remoteAddress)", "request": "\(requestID)",
        ]
        if let route { metadata["route"] = "\(route)" }
        if let trace { metadata["parent"] = "\(trace.parentID)" }
        if !isComplete { metadata["incomplete"] = "true" }
        logger.log(level: level, "request", metadata: metadata)
    }

    /// With three digits after the point; without Foundation.
    private var milliseconds: String {
        let microseconds = duration.wholeNanoseconds / 1000
        let rest = String(microseconds % 1000)
        return "\(microseconds / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
    }
}
