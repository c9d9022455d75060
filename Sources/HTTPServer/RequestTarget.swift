/// The path and query that a request asks for, decoded once and for all.
struct RequestTarget: Sendable {
    /// Percent-decoded, without dot segments; begins with a slash, or is `*`.
    let path: String
    let query: [(name: String, value: String)]

    /// Reads the origin form, the absolute form or, for OPTIONS, the asterisk (RFC 9112, 3.2).
    init(_ bytes: borrowing Span<UInt8>, method: Method) throws(RequestFault) {
        if method == .options, bytes.equals("*") {
            path = "*"
            query = []
            return
        }
        var start = 0
        if bytes[0] != .slash { start = try Self.skipAuthority(bytes) }
        var end = start
        while end < bytes.count, bytes[end] != UInt8(ascii: "?"), bytes[end] != UInt8(ascii: "#") { end += 1 }
        // A fragment is never sent; whoever sends one may be parsed differently elsewhere.
        for index in end..<bytes.count where bytes[index] == UInt8(ascii: "#") {
            throw .malformed("The request target must not have a fragment.")
        }
        path = try Self.path(bytes.extracting(start..<end))
        query = end < bytes.count ? try Self.query(bytes.extracting(end + 1..<bytes.count)) : []
    }

    /// Where the path begins in `http://host/path`.
    private static func skipAuthority(_ bytes: borrowing Span<UInt8>) throws(RequestFault) -> Int {
        var start = 0
        while start < bytes.count, bytes[start] != .colon { start += 1 }
        let scheme = bytes.extracting(0..<start)
        guard scheme.equalsIgnoringCase("http") || scheme.equalsIgnoringCase("https"), start + 3 < bytes.count,
            bytes[start + 1] == .slash, bytes[start + 2] == .slash
        else { throw .malformed("The request target must be a path or an http URL.") }
        let host = start + 3
        var end = host
        while end < bytes.count, bytes[end] != .slash, bytes[end] != UInt8(ascii: "?") { end += 1 }
        guard end > host, bytes.extracting(host..<end).isHost else {
            throw .malformed("The request target's host is malformed.")
        }
        return end
    }

    private static func path(_ bytes: borrowing Span<UInt8>) throws(RequestFault) -> String {
        if bytes.count == 0 { return "/" }
        var isPlain = true
        for index in 0..<bytes.count where bytes[index] == .percent || bytes[index] == UInt8(ascii: ".") {
            isPlain = false
            break
        }
        if isPlain { return bytes.text }
        let decoded = try percentDecoded(bytes, isQuery: false)
        guard let text = String(validating: decoded, as: UTF8.self) else {
            throw .malformed("The path is not UTF-8.")
        }
        return try withoutDotSegments(text)
    }

    /// A path that would climb above the root is a fault: nobody sends one by mistake.
    private static func withoutDotSegments(_ path: String) throws(RequestFault) -> String {
        var kept: [Substring] = []
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            switch part {
            case ".": if isLast { kept.append("") }
            case "..":
                guard kept.popLast() != nil else { throw .malformed("The path leaves the root.") }
                if isLast { kept.append("") }
            default: kept.append(part)
            }
        }
        return "/" + kept.joined(separator: "/")
    }

    private static func query(_ bytes: borrowing Span<UInt8>) throws(RequestFault) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        var start = 0
        while start < bytes.count {
            var end = start
            var equals: Int?
            while end < bytes.count, bytes[end] != UInt8(ascii: "&") {
                if equals == nil, bytes[end] == UInt8(ascii: "=") { equals = end }
                end += 1
            }
            if end > start {
                let name = try queryText(bytes.extracting(start..<(equals ?? end)))
                let value = try equals.map { equals throws(RequestFault) in
                    try queryText(bytes.extracting(equals + 1..<end))
                }
                pairs.append((name: name, value: value ?? ""))
            }
            start = end + 1
        }
        return pairs
    }

    private static func queryText(_ bytes: borrowing Span<UInt8>) throws(RequestFault) -> String {
        guard let text = String(validating: try percentDecoded(bytes, isQuery: true), as: UTF8.self) else {
            throw .malformed("The query is not UTF-8.")
        }
        return text
    }

    private static func percentDecoded(_ bytes: borrowing Span<UInt8>, isQuery: Bool) throws(RequestFault) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            var byte = bytes[index]
            if byte == .percent {
                guard index + 2 < bytes.count, let high = bytes[index + 1].hexadecimalValue,
                    let low = bytes[index + 2].hexadecimalValue
                else { throw .malformed("A percent sign must be followed by two hexadecimal digits.") }
                byte = high << 4 | low
                index += 2
                guard isQuery || (byte >= 0x20 && byte != 0x7f) else {
                    throw .malformed("The path must not contain control characters.")
                }
                // A slash that is data cannot be told from one that divides once the path is decoded.
                guard isQuery || byte != .slash else { throw .malformed("The path must not contain %2F.") }
            } else if isQuery, byte == UInt8(ascii: "+") {
                byte = .space
            }
            decoded.append(byte)
            index += 1
        }
        return decoded
    }
}
