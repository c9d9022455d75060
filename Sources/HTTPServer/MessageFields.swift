/// What the header fields say about the message itself, gathered while they are read.
struct MessageFields {
    private var contentLengths = 0
    private var contentLength = 0
    private var transferCodings: [String] = []
    private var transferFields = 0
    private(set) var hosts = 0
    private(set) var asksToClose = false
    private(set) var asksToKeep = false
    private(set) var expectsContinue = false

    mutating func note(_ name: borrowing Span<UInt8>, _ value: borrowing Span<UInt8>) throws(RequestFault) {
        switch name.count {
        case 4 where name.equalsIgnoringCase("host"):
            hosts += 1
            guard value.isHost else { throw .malformed("The Host header field is malformed.") }
        case 6 where name.equalsIgnoringCase("expect"):
            guard value.equalsIgnoringCase("100-continue") else {
                throw RequestFault(417, "The only expectation met here is 100-continue.")
            }
            expectsContinue = true
        case 10 where name.equalsIgnoringCase("connection"):
            for option in value.listElements() {
                if option == "close" { asksToClose = true }
                if option == "keep-alive" { asksToKeep = true }
            }
        case 14 where name.equalsIgnoringCase("content-length"):
            contentLengths += 1
            contentLength = try Self.length(value)
        case 17 where name.equalsIgnoringCase("transfer-encoding"):
            transferFields += 1
            transferCodings += value.listElements()
        default: break
        }
    }

    /// A Content-Length is digits and nothing else: no sign, no list, even of equal numbers, no white space.
    private static func length(_ value: borrowing Span<UInt8>) throws(RequestFault) -> Int {
        guard value.count > 0 else { throw .malformed("Content-Length must be a number.") }
        var length = 0
        var isHuge = false
        for index in 0..<value.count {
            guard let digit = value[index].decimalValue else { throw .malformed("Content-Length must be a number.") }
            // A number that no Int holds is well-formed, only too large for any resource.
            if length > (Int.max - 9) / 10 { isHuge = true } else { length = length * 10 + Int(digit) }
        }
        return isHuge ? .max : length
    }

    /// Where the body ends (RFC 9112, 6.3), with everything ambiguous refused.
    func framing(isVersion10: Bool) throws(RequestFault) -> BodyFraming {
        guard contentLengths <= 1 else { throw .malformed("There is more than one Content-Length.") }
        guard transferFields > 0 else {
            return contentLengths == 0 || contentLength == 0 ? .none : .length(contentLength)
        }
        guard contentLengths == 0 else { throw .malformed("Content-Length and Transfer-Encoding exclude each other.") }
        guard !isVersion10 else { throw .malformed("HTTP/1.0 has no Transfer-Encoding.") }
        guard transferCodings.last == "chunked" else {
            throw transferCodings.contains("chunked") || transferCodings.isEmpty
                ? .malformed("The last transfer coding must be chunked.")
                : RequestFault(.notImplemented, "The only transfer coding known here is chunked.")
        }
        guard transferCodings.count == 1 else {
            throw transferCodings.dropLast().contains("chunked")
                ? .malformed("A body is chunked once.")
                : RequestFault(.notImplemented, "The only transfer coding known here is chunked.")
        }
        guard transferFields == 1 else { throw .malformed("There is more than one Transfer-Encoding.") }
        return .chunked
    }
}
