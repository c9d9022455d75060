/// Reading text out of bytes that came over the wire.
extension Span<UInt8> {
    func starts(with prefix: StaticString) -> Bool {
        count >= prefix.utf8CodeUnitCount && extracting(0..<prefix.utf8CodeUnitCount).equals(prefix)
    }

    func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in 0..<count where self[index] != text.utf8Start[index] { return false }
        return true
    }

    /// `text` must be in lower case.
    func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in 0..<count where self[index].lowercased != text.utf8Start[index] { return false }
        return true
    }

    /// The text; what is not UTF-8 becomes U+FFFD.
    var text: String { withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }

    /// A comma-separated list's elements, in lower case, without white space around them and without empty ones.
    func listElements() -> [String] {
        text.lowercased().split(separator: ",").map { $0.trimmed }.filter { !$0.isEmpty }
    }

    /// Whether this is `uri-host [ ":" port ]`, as a Host header field has it; empty is allowed (RFC 9110, 7.2).
    var isHost: Bool {
        var index = 0
        if count > 0, self[0] == UInt8(ascii: "[") {
            index = 1
            while index < count, self[index] != UInt8(ascii: "]") {
                guard self[index].hexadecimalValue != nil || self[index] == .colon || self[index] == UInt8(ascii: ".")
                else { return false }
                index += 1
            }
            guard index < count else { return false }
            index += 1
        } else {
            while index < count, self[index] != .colon {
                switch self[index] {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                    index += 1
                default: return false
                }
            }
        }
        if index == count { return true }
        guard self[index] == .colon, count - index <= 6 else { return false }
        for digit in index + 1..<count where self[digit].decimalValue == nil { return false }
        return true
    }
}

extension Substring {
    /// Without spaces and tabs at either end.
    var trimmed: String {
        let bytes = utf8
        guard let first = bytes.firstIndex(where: { $0 != .space && $0 != .tab }),
            let last = bytes.lastIndex(where: { $0 != .space && $0 != .tab })
        else { return "" }
        return String(self[first...last])
    }
}
