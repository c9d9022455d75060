/// Reads the head of a request (RFC 9112), byte by byte, as strictly as the grammar allows.
///
/// A value over bytes: it does no input or output and keeps no bytes, only positions. Each call gets the head's bytes
/// from its first one on; a call that ran out of them is resumed with more. Two servers that disagree on where a request
/// ends can be played against each other, so nothing is repaired: what the grammar does not allow is a fault.
struct HeadParser: Sendable {
    struct Limits: Sendable {
        var requestLine: Int
        var headerBytes: Int
        var headerCount: Int
    }

    /// Where a header field's name and value lie.
    struct Field: Sendable {
        var name: Range<Int>
        var value: Range<Int>
    }

    fileprivate enum State: Sendable {
        case start, leadingLineFeed, method, target, version, requestLineFeed
        case fieldStart, fieldName, valueStart, value, fieldLineFeed, endLineFeed
    }

    /// Longest method that any resource could know; RFC 9110 has an unknown one answered 501.
    static let maximumMethod = 32

    let limits: Limits
    private var state = State.start
    private var position = 0
    /// The first byte of the element that is being read, and of the request line.
    private var mark = 0
    private var lineStart = 0
    private var headersStart = 0
    /// End of the value so far, without white space behind it.
    private var valueEnd = 0

    private(set) var method = 0..<0
    private(set) var target = 0..<0
    private(set) var version = 0..<0
    private(set) var fields: [Field] = []

    init(limits: Limits) { self.limits = limits }

    /// Whether a byte of a request was seen.
    var hasBegun: Bool { position > 0 }

    /// Ready for the next head; keeps its storage.
    mutating func reset() {
        state = .start
        position = 0
        mark = 0
        lineStart = 0
        fields.removeAll(keepingCapacity: true)
    }

    /// Reads on. The length of the head once its last byte is there, `nil` when it is not.
    mutating func parse(_ bytes: borrowing Span<UInt8>) throws(RequestFault) -> Int? {
        while position < bytes.count {
            let byte = bytes[position]
            switch state {
            case .start:
                // One empty line before a request is let pass (RFC 9112, 2.2): old clients end a body with one.
                if byte == .carriageReturn, position == 0 {
                    state = .leadingLineFeed
                } else {
                    lineStart = position
                    mark = position
                    state = .method
                    continue
                }
            case .leadingLineFeed:
                guard byte == .lineFeed else { throw .malformed("A line must end with CR LF.") }
                state = .start
            case .method: try readMethod(bytes)
            case .target: try readTarget(bytes)
            case .version: try readVersion(bytes)
            case .requestLineFeed:
                guard byte == .lineFeed else { throw .malformed("A line must end with CR LF.") }
                guard position + 1 - lineStart <= limits.requestLine else { throw .lineTooLong }
                headersStart = position + 1
                state = .fieldStart
            case .fieldStart:
                if byte == .carriageReturn {
                    state = .endLineFeed
                } else {
                    guard fields.count < limits.headerCount else { throw .headersTooLarge }
                    // A space here would continue the field before (obs-fold).
                    guard byte.isTokenByte else { throw .malformed("A header field must begin with its name.") }
                    mark = position
                    state = .fieldName
                }
            case .fieldName: try readFieldName(bytes)
            case .valueStart:
                if byte == .space || byte == .tab { break }
                mark = position
                valueEnd = position
                state = .value
                continue
            case .value: try readValue(bytes)
            case .fieldLineFeed:
                guard byte == .lineFeed else { throw .malformed("A line must end with CR LF.") }
                state = .fieldStart
            case .endLineFeed:
                guard byte == .lineFeed else { throw .malformed("A line must end with CR LF.") }
                position += 1
                guard position - headersStart <= limits.headerBytes else { throw .headersTooLarge }
                return position
            }
            position += 1
            if state >= .fieldStart {
                guard position - headersStart <= limits.headerBytes else { throw .headersTooLarge }
            } else {
                guard position - lineStart <= limits.requestLine else {
                    throw state == .method ? .malformed("The request has no method.") : .lineTooLong
                }
            }
        }
        return nil
    }

    private mutating func readMethod(_ bytes: borrowing Span<UInt8>) throws(RequestFault) {
        while bytes[position].isTokenByte {
            guard position - mark < Self.maximumMethod else {
                throw RequestFault(.notImplemented, "No resource knows this method.")
            }
            if position + 1 == bytes.count { return }
            position += 1
        }
        guard bytes[position] == .space, position > mark else {
            throw .malformed("The request line must begin with a method and a space.")
        }
        method = mark..<position
        mark = position + 1
        state = .target
    }

    private mutating func readTarget(_ bytes: borrowing Span<UInt8>) throws(RequestFault) {
        while bytes[position] > .space, bytes[position] < 0x7f {
            guard position - lineStart < limits.requestLine else { throw .lineTooLong }
            if position + 1 == bytes.count { return }
            position += 1
        }
        guard bytes[position] == .space, position > mark else {
            throw .malformed("The request target must be visible ASCII between single spaces.")
        }
        target = mark..<position
        mark = position + 1
        state = .version
    }

    private mutating func readVersion(_ bytes: borrowing Span<UInt8>) throws(RequestFault) {
        guard bytes[position] != .carriageReturn else {
            version = mark..<position
            state = .requestLineFeed
            return
        }
        guard position - mark < 8, bytes[position] > .space, bytes[position] < 0x7f else {
            throw .malformed("The request line must end with the protocol version and CR LF.")
        }
    }

    private mutating func readFieldName(_ bytes: borrowing Span<UInt8>) throws(RequestFault) {
        while bytes[position].isTokenByte {
            guard position - headersStart < limits.headerBytes else { throw .headersTooLarge }
            if position + 1 == bytes.count { return }
            position += 1
        }
        // White space before the colon is what request smuggling is made of.
        guard bytes[position] == .colon else {
            throw .malformed("A header field must be a name, a colon and a value.")
        }
        fields.append(Field(name: mark..<position, value: 0..<0))
        state = .valueStart
    }

    private mutating func readValue(_ bytes: borrowing Span<UInt8>) throws(RequestFault) {
        while true {
            let byte = bytes[position]
            if byte > .space, byte != 0x7f {
                valueEnd = position + 1
            } else if byte != .space, byte != .tab {
                break
            }
            guard position - headersStart < limits.headerBytes else { throw .headersTooLarge }
            if position + 1 == bytes.count { return }
            position += 1
        }
        guard bytes[position] == .carriageReturn else {
            throw .malformed("A header field must not contain control characters.")
        }
        fields[fields.count - 1].value = mark..<max(mark, valueEnd)
        state = .fieldLineFeed
    }
}

extension HeadParser.State: Comparable {
    private var order: Int {
        switch self {
        case .start, .leadingLineFeed: 0
        case .method: 1
        case .target: 2
        case .version: 3
        case .requestLineFeed: 4
        case .fieldStart, .fieldName, .valueStart, .value, .fieldLineFeed, .endLineFeed: 5
        }
    }

    static func < (left: Self, right: Self) -> Bool { left.order < right.order }
}
