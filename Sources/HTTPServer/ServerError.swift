import Glibc

/// Why a server cannot serve.
package enum ServerError: Error, Sendable, Hashable {
    /// The host name has no address.
    case unknownHost(String)
    case cannotListen(String, errno: Int32)
    /// A file that is not a socket lies where the Unix socket should be.
    case notASocket(path: String)
    /// The path is longer than a socket address holds (107 bytes).
    case pathTooLong(String)
    case systemCallFailed(String, errno: Int32)
    /// OpenSSL does not take a file, or cannot work at all.
    case tls(String, String)
    /// The service manager passed no socket (of that name).
    case notActivated(name: String?)
    /// `start()` was called before.
    case alreadyStarted
}

extension ServerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknownHost(let host): "no address is known for \(host)"
        case .cannotListen(let address, let code): "cannot listen on \(address): \(String(cString: strerror(code)))"
        case .notASocket(let path): "\(path) exists and is not a socket"
        case .pathTooLong(let path): "the socket path \(path) is longer than 107 bytes"
        case .systemCallFailed(let call, let code): "\(call) failed: \(String(cString: strerror(code)))"
        case .tls(let what, let reason): "TLS: \(what): \(reason)"
        case .notActivated(let name):
            name.map { "the service manager passed no socket named \($0)" } ?? "the service manager passed no socket"
        case .alreadyStarted: "the server was started before"
        }
    }
}
