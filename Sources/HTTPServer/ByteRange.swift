/// What a Range header asks for (RFC 9110, 14).
enum ByteRange: Sendable, Hashable {
    /// Everything: there is no range, or one that this server may ignore.
    case whole
    case part(Range<Int>)
    case unsatisfiable

    /// Reads `field` for a file of `size` bytes. Several ranges are answered with everything, which is allowed and spares
    /// us a way to be made to send the same bytes a thousand times.
    init(_ field: String?, size: Int) {
        self = .whole
        guard let field, let unit = field.firstIndex(of: "="), field[..<unit].trimmed.equalsIgnoringCase("bytes") else {
            return
        }
        let range = field[field.index(after: unit)...].trimmed
        guard !range.contains(","), let dash = range.firstIndex(of: "-") else { return }
        let first = range[..<dash]
        let last = range[range.index(after: dash)...]
        guard first.utf8.allSatisfy({ $0.decimalValue != nil }), last.utf8.allSatisfy({ $0.decimalValue != nil }) else {
            return
        }
        if first.isEmpty {
            // The last so many bytes.
            guard let count = Self.number(last) else { return }
            self = count == 0 || size == 0 ? .unsatisfiable : .part(max(0, size - count)..<size)
        } else if let start = Self.number(first) {
            let end = last.isEmpty ? Int.max : Self.number(last) ?? 0
            guard start <= end else { return }
            self = start < size ? .part(start..<min(size, end == .max ? .max : end + 1)) : .unsatisfiable
        }
    }

    /// Digits as a number, `Int.max` if there are too many; `nil` if there is none.
    private static func number(_ digits: Substring) -> Int? {
        digits.isEmpty ? nil : Int(digits) ?? .max
    }
}
