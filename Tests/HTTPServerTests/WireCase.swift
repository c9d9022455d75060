/// Bytes that a client sends on one connection, after which it half-closes, and the status codes of all that it gets.
struct WireCase: Sendable, CustomStringConvertible {
    let name: String
    let bytes: [UInt8]
    let statuses: [Int]
    /// What the last answer's body must be.
    var body: String?
    /// Which answers are answers to HEAD.
    var heads: Set<Int> = []

    init(_ name: String, _ text: String, _ statuses: [Int], body: String? = nil, heads: Set<Int> = []) {
        self.init(name, Array(text.utf8), statuses, body: body, heads: heads)
    }

    init(_ name: String, _ bytes: [UInt8], _ statuses: [Int], body: String? = nil, heads: Set<Int> = []) {
        self.name = name
        self.bytes = bytes
        self.statuses = statuses
        self.body = body
        self.heads = heads
    }

    var description: String { name }

    /// A GET of `target` with more header lines.
    static func get(_ target: String = "/", _ fields: String = "") -> String {
        "GET \(target) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
    }

    /// A POST to /echo, with its header lines and whatever follows them.
    static func post(_ fields: String, _ rest: String) -> String {
        "POST /echo HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\(rest)"
    }

    static func chunked(_ body: String) -> String { post("Transfer-Encoding: chunked\r\n", body) }

    static let all = requestLines + targets + fields + lengths + chunks + smuggling + sequences
}
