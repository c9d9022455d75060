/// Writes a response's head. The fields that frame the message are the server's alone: whatever a handler says in them
/// is left out, as is a field that would break the line it stands in.
struct ResponseHead {
    /// How the end of the body is told.
    enum Framing: Sendable, Hashable {
        /// There is none, and the status says so.
        case none
        case length(Int)
        case chunked
        /// The connection ends with it: HTTP/1.0 knows no chunks.
        case close
    }

    let status: Status
    let headers: Headers
    let framing: Framing
    let keepsConnection: Bool
    /// An HTTP/1.0 client must be told that the connection is kept.
    let isVersion10: Bool
    let serverName: String?

    func write(to bytes: inout [UInt8]) {
        bytes.append("HTTP/1.1 ")
        bytes.append(decimal: status.code)
        bytes.append(.space)
        bytes.append(status.reason)
        bytes.append("\r\nDate: ")
        bytes.append(HTTPDate.now)
        if let serverName {
            bytes.append("\r\nServer: ")
            bytes.append(serverName)
        }
        switch framing {
        case .none, .close: break
        case .length(let length):
            bytes.append("\r\nContent-Length: ")
            bytes.append(decimal: length)
        case .chunked: bytes.append("\r\nTransfer-Encoding: chunked")
        }
        if !keepsConnection || framing == .close {
            bytes.append("\r\nConnection: close")
        } else if isVersion10 {
            bytes.append("\r\nConnection: keep-alive")
        }
        for field in headers.fields where !Self.isOwned(field.name) && Self.isWellFormed(field) {
            bytes.append("\r\n")
            bytes.append(field.name)
            bytes.append(": ")
            bytes.append(field.value)
        }
        bytes.append("\r\n\r\n")
    }

    private static func isOwned(_ name: String) -> Bool {
        switch name.utf8.count {
        case 4: name.equalsIgnoringCase("date")
        case 6: name.equalsIgnoringCase("server")
        case 10: name.equalsIgnoringCase("connection")
        case 14: name.equalsIgnoringCase("content-length")
        case 17: name.equalsIgnoringCase("transfer-encoding")
        default: false
        }
    }

    /// A line end in a value would let whoever chose the value add fields, or a second response.
    private static func isWellFormed(_ field: (name: String, value: String)) -> Bool {
        !field.name.utf8.isEmpty && field.name.utf8.allSatisfy(\.isTokenByte)
            && field.value.utf8.allSatisfy { $0 >= .space ? $0 != 0x7f : $0 == .tab }
    }
}
