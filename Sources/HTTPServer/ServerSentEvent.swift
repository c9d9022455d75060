/// One event of an event stream (WHATWG HTML, 9.2).
package struct ServerSentEvent: Sendable, Hashable {
    package var id: String?
    /// The event's name; `nil` is `message`.
    package var name: String?
    package var data: String
    /// How long a client waits before it connects again.
    package var retry: Duration?

    package init(_ data: String, name: String? = nil, id: String? = nil, retry: Duration? = nil) {
        self.data = data
        self.name = name
        self.id = id
        self.retry = retry
    }

    /// The event's lines. Line ends in `name` and `id` would begin other fields and are left out.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        if let id { bytes.append("id: \(Self.line(id))\n") }
        if let name { bytes.append("event: \(Self.line(name))\n") }
        if let retry { bytes.append("retry: \(retry.wholeNanoseconds / 1_000_000)\n") }
        for line in Self.lines(data) {
            bytes.append("data: ")
            bytes.append(contentsOf: line)
            bytes.append(.lineFeed)
        }
        bytes.append(.lineFeed)
        return bytes
    }

    private static func line(_ text: String) -> String {
        String(decoding: text.utf8.filter { $0 != .lineFeed && $0 != .carriageReturn && $0 != 0 }, as: UTF8.self)
    }

    /// CR, LF and CR LF all end a line of a stream.
    private static func lines(_ text: String) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        let bytes = Array(text.utf8)
        var start = 0
        var index = 0
        while index < bytes.count {
            if bytes[index] == .lineFeed || bytes[index] == .carriageReturn {
                lines.append(bytes[start..<index])
                if bytes[index] == .carriageReturn, index + 1 < bytes.count, bytes[index + 1] == .lineFeed {
                    index += 1
                }
                start = index + 1
            }
            index += 1
        }
        lines.append(bytes[start...])
        return lines
    }
}
