/// Takes a chunked body (RFC 9112, 7.1) apart, byte by byte: a value over bytes, resumable anywhere. Chunk extensions and
/// trailer fields are checked, bounded and dropped.
struct ChunkedDecoder: Sendable {
    private enum State: Sendable {
        case size, extensions, sizeLineFeed, data, dataReturn, dataLineFeed
        case trailerStart, trailerName, trailerValue, trailerLineFeed, endLineFeed, finished
    }

    /// Bytes that the frame around the data may take, in all, beyond this many per byte of data: without it, a body of
    /// one-byte chunks with long extensions costs far more than the body limit says.
    private static let allowedOverhead = 16 << 10
    private static let allowedOverheadPerByte = 16
    private static let maximumExtension = 256

    private let trailerLimit: Int
    private var state = State.size
    private var remaining = 0
    private var digits = 0
    private var extensionBytes = 0
    private var overhead = 0
    private var trailerBytes = 0
    /// Bytes of data so far.
    private(set) var received = 0

    /// `trailerLimit` is in bytes, for all trailer fields together.
    init(trailerLimit: Int) { self.trailerLimit = trailerLimit }

    var isFinished: Bool { state == .finished }

    /// Reads on and appends data to `output`, until `bytes` end, the body ends, or `output` holds `limit` bytes.
    /// Returns how many bytes of `bytes` were used.
    mutating func decode(
        _ bytes: borrowing Span<UInt8>, into output: inout [UInt8], limit: Int = .max
    ) throws(RequestFault) -> Int {
        var position = 0
        while position < bytes.count, state != .finished {
            if state == .data {
                let room = limit - output.count
                if room <= 0 { return position }
                let count = min(remaining, bytes.count - position, room)
                bytes.extracting(position..<position + count).withUnsafeBufferPointer { output.append(contentsOf: $0) }
                position += count
                remaining -= count
                received += count
                if remaining == 0 { state = .dataReturn }
                continue
            }
            try step(bytes[position])
            position += 1
            if trailerBytes == 0 { overhead += 1 }
            guard overhead <= Self.allowedOverhead + received * Self.allowedOverheadPerByte else {
                throw .malformed("The chunks are too small for what surrounds them.")
            }
        }
        return position
    }

    private mutating func step(_ byte: UInt8) throws(RequestFault) {
        switch state {
        case .size: try readSize(byte)
        case .extensions:
            if byte == .carriageReturn {
                state = .sizeLineFeed
            } else {
                extensionBytes += 1
                guard byte == .tab || (byte >= .space && byte != 0x7f) else {
                    throw .malformed("A chunk extension must not contain control characters.")
                }
                guard extensionBytes <= Self.maximumExtension else {
                    throw .malformed("A chunk extension is too long.")
                }
            }
        case .sizeLineFeed:
            try expect(.lineFeed, byte)
            state = remaining == 0 ? .trailerStart : .data
        case .dataReturn:
            try expect(.carriageReturn, byte)
            state = .dataLineFeed
        case .dataLineFeed:
            try expect(.lineFeed, byte)
            digits = 0
            extensionBytes = 0
            state = .size
        case .trailerStart, .trailerName, .trailerValue, .trailerLineFeed, .endLineFeed: try readTrailer(byte)
        case .data, .finished: break
        }
    }

    private mutating func readSize(_ byte: UInt8) throws(RequestFault) {
        if let digit = byte.hexadecimalValue {
            digits += 1
            guard digits <= 15 else { throw .malformed("A chunk size is too long.") }
            remaining = remaining << 4 | Int(digit)
        } else if digits > 0, byte == .carriageReturn {
            state = .sizeLineFeed
        } else if digits > 0, byte == UInt8(ascii: ";") {
            state = .extensions
        } else {
            throw .malformed("A chunk must begin with its size in hexadecimal.")
        }
    }

    private mutating func readTrailer(_ byte: UInt8) throws(RequestFault) {
        if state != .endLineFeed {
            trailerBytes += 1
            guard trailerBytes <= trailerLimit else { throw .headersTooLarge }
        }
        switch state {
        case .trailerStart:
            if byte == .carriageReturn {
                state = .endLineFeed
            } else {
                guard byte.isTokenByte else { throw .malformed("A trailer field must begin with its name.") }
                state = .trailerName
            }
        case .trailerName:
            if byte == .colon {
                state = .trailerValue
            } else {
                guard byte.isTokenByte else { throw .malformed("A trailer field must be a name, a colon and a value.") }
            }
        case .trailerValue:
            if byte == .carriageReturn {
                state = .trailerLineFeed
            } else {
                guard byte == .tab || (byte >= .space && byte != 0x7f) else {
                    throw .malformed("A trailer field must not contain control characters.")
                }
            }
        case .trailerLineFeed:
            try expect(.lineFeed, byte)
            state = .trailerStart
        case .endLineFeed:
            try expect(.lineFeed, byte)
            state = .finished
        default: break
        }
    }

    private func expect(_ wanted: UInt8, _ byte: UInt8) throws(RequestFault) {
        guard byte == wanted else { throw .malformed("A line or chunk must end with CR LF.") }
    }
}
