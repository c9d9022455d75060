import Foundation
import Glibc
import Synchronization

/// Accepts one connection at a time and answers each request on it after a pause, as a service that graded it.
final class SlowServer: Sendable {
    let port: UInt16
    private let listener: Int32

    private static let body = "{\"report\":{\"verdict\":\"accepted\"}}"

    init(pause: Duration) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 8) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isListening else { throw POSIXError(.EADDRINUSE) }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { Self.serve(listener, pause) }
    }

    /// Ends the loop: no connection is accepted any more.
    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func serve(_ listener: Int32, _ pause: Duration) {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            var bytes = [UInt8](repeating: 0, count: 65536)
            // Requests are small and come one at a time: one read is one request.
            while read(connection, &bytes, bytes.count) > 0 {
                usleep(UInt32(pause.components.attoseconds / 1_000_000_000_000))
                let answer = "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                _ = answer.withCString { send(connection, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
            }
            close(connection)
        }
    }
}
