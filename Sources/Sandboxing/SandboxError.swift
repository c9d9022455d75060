package import Core

/// The service failed, not the program that it ran.
package enum SandboxError: Error, Sendable, Hashable {
    /// The backend does not work here, or no more; `reason` says why.
    case unavailable(backend: BackendName, reason: String)
    /// A control that was asked for cannot be enforced here.
    case cannotEnforce(String)
    /// A step of making a sandbox failed.
    case setupFailed(step: String, errno: Int32)
    /// The sandbox ended or was destroyed under its user.
    case lost(String)
    /// A request that the backend does not accept: too many arguments, for example.
    case invalidRequest(String)
    /// More files or bytes came out than were allowed.
    case tooLarge(limit: Int)
}

extension SandboxError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unavailable(let backend, let reason): "backend \(backend) is unavailable: \(reason)"
        case .cannotEnforce(let control): "this host cannot enforce \(control)"
        case .setupFailed(let step, let errno): "\(step) failed: \(errorText(errno))"
        case .lost(let reason): "the sandbox was lost: \(reason)"
        case .invalidRequest(let reason): "the sandbox refused the request: \(reason)"
        case .tooLarge(let limit): "the work directory holds more than \(limit) bytes or too many files"
        }
    }
}
