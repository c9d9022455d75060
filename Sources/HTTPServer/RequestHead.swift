/// A request up to its body, understood: what the server decides by.
struct RequestHead: Sendable {
    var method: Method
    var target: RequestTarget
    var headers: Headers
    var framing: BodyFraming
    /// Whether the client speaks HTTP/1.0, which knows neither chunks nor 100-continue.
    var isVersion10: Bool
    /// Whether the client would keep the connection.
    var keepsConnection: Bool
    /// Whether the client waits for 100 Continue before it sends the body.
    var expectsContinue: Bool
}

/// How a body's end is known.
enum BodyFraming: Sendable, Hashable {
    case none
    case length(Int)
    case chunked
}

extension RequestHead {
    /// Understands a head that `parser` read from `bytes`.
    init(_ parser: borrowing HeadParser, of bytes: borrowing Span<UInt8>) throws(RequestFault) {
        isVersion10 = try Self.version(bytes.extracting(parser.version))
        method = Method(of: bytes.extracting(parser.method))
        var message = MessageFields()
        headers = Headers()
        headers.reserve(parser.fields.count)
        for index in parser.fields.indices {
            let field = parser.fields[index]
            try message.note(bytes.extracting(field.name), bytes.extracting(field.value))
            headers.append(raw: bytes.extracting(field.name), bytes.extracting(field.value))
        }
        if method == "CONNECT" { throw RequestFault(.notImplemented, "This server is not a proxy.") }
        target = try RequestTarget(bytes.extracting(parser.target), method: method)
        // Without exactly one Host, two servers in a row may see two different sites (RFC 9112, 3.2).
        guard message.hosts == 1 || (isVersion10 && message.hosts == 0) else {
            throw .malformed("The request must have one Host header field.")
        }
        framing = try message.framing(isVersion10: isVersion10)
        keepsConnection = message.asksToClose ? false : !isVersion10 || message.asksToKeep
        expectsContinue = message.expectsContinue && !isVersion10 && framing != .none
    }

    /// Whether it is HTTP/1.0. A higher minor version of 1 is served as 1.1 (RFC 9110, 2.5).
    private static func version(_ bytes: borrowing Span<UInt8>) throws(RequestFault) -> Bool {
        guard bytes.count == 8, bytes.starts(with: "HTTP/"), bytes[6] == UInt8(ascii: "."),
            let major = bytes[5].decimalValue, let minor = bytes[7].decimalValue
        else { throw .malformed("The protocol version is malformed.") }
        guard major == 1 else {
            throw RequestFault(.versionNotSupported, "This server speaks HTTP/1.1 and HTTP/1.0.")
        }
        return minor == 0
    }
}
