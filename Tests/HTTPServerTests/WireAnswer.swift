/// Responses as they came over the wire, taken apart as strictly as the server must write them.
struct WireAnswer {
    var status: Int
    var fields: [(name: String, value: String)]
    var body: [UInt8]

    struct Malformed: Error { let at: String }

    /// All responses in `bytes`; `heads` says which of them answer HEAD and have no body.
    static func all(in bytes: [UInt8], heads: Set<Int> = []) throws -> [WireAnswer] {
        var rest = bytes[...]
        var answers: [WireAnswer] = []
        while !rest.isEmpty { answers.append(try next(&rest, isHead: heads.contains(answers.count))) }
        return answers
    }

    func field(_ name: String) -> String? { fields.first { $0.name.lowercased() == name.lowercased() }?.value }
    var text: String { String(decoding: body, as: UTF8.self) }

    private static func next(_ rest: inout ArraySlice<UInt8>, isHead: Bool) throws -> WireAnswer {
        let statusLine = try line(&rest)
        guard statusLine.hasPrefix("HTTP/1.1 "), let status = Int(statusLine.dropFirst(9).prefix(3)) else {
            throw Malformed(at: statusLine)
        }
        var answer = WireAnswer(status: status, fields: [], body: [])
        while true {
            let text = try line(&rest)
            if text.isEmpty { break }
            let parts = text.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, !parts[0].hasSuffix(" ") else { throw Malformed(at: text) }
            answer.fields.append((name: String(parts[0]), value: String(parts[1].drop { $0 == " " })))
        }
        if isHead || status < 200 || status == 204 || status == 304 { return answer }
        if let length = answer.field("Content-Length").flatMap({ Int($0) }) {
            answer.body = try take(length, &rest)
        } else if answer.field("Transfer-Encoding") == "chunked" {
            while true {
                guard let size = Int(try line(&rest), radix: 16) else { throw Malformed(at: "chunk") }
                answer.body += try take(size, &rest)
                guard try line(&rest).isEmpty else { throw Malformed(at: "chunk end") }
                if size == 0 { break }
            }
        } else {
            answer.body = Array(rest)
            rest = []
        }
        return answer
    }

    private static func take(_ count: Int, _ rest: inout ArraySlice<UInt8>) throws -> [UInt8] {
        guard rest.count >= count else { throw Malformed(at: "body of \(count), \(rest.count) there") }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    private static func line(_ rest: inout ArraySlice<UInt8>) throws -> String {
        guard let end = rest.firstIndex(of: 0x0a), end > rest.startIndex, rest[end - 1] == 0x0d else {
            throw Malformed(at: "line: \(String(decoding: rest.prefix(80), as: UTF8.self))")
        }
        defer { rest = rest[(end + 1)...] }
        return String(decoding: rest[rest.startIndex..<end - 1], as: UTF8.self)
    }
}
