/// What came from the client and was not used yet, and how far reading it has come.
struct Input: Sendable {
    private var storage: [UInt8] = []
    private var start = 0
    private var end = 0
    private var parser: HeadParser
    /// The descriptor is another connection's by now, or nobody's.
    private var isClosed = false
    private var body = Body.none

    private enum Body: Sendable {
        case none
        case length(Int)
        case chunked(ChunkedDecoder)
    }

    /// Room for one read of a head; most requests fit.
    private static let headRoom = 8 << 10
    /// Room for one read of a long body.
    private static let bodyRoom = 64 << 10

    init(limits: HeadParser.Limits) { parser = HeadParser(limits: limits) }

    var isEmpty: Bool { start == end }

    /// Keeps no storage while the connection waits for nothing in particular.
    mutating func shrink() {
        guard isEmpty else { return }
        storage = []
        start = 0
        end = 0
    }

    /// Reads once.
    mutating func receive(from transport: Transport) -> TransferResult {
        guard !isClosed else { return .ended }
        makeRoom()
        let range = end..<storage.count
        let result = storage.withUnsafeMutableBytes {
            transport.receive(into: UnsafeMutableRawBufferPointer(rebasing: $0[range]))
        }
        if case .bytes(let count, _) = result { end += count }
        return result
    }

    private mutating func makeRoom() {
        if isEmpty {
            start = 0
            end = 0
        }
        let wanted: Int
        switch body {
        case .length(let remaining): wanted = min(max(remaining, Self.headRoom), Self.bodyRoom)
        case .chunked: wanted = Self.bodyRoom
        case .none: wanted = Self.headRoom
        }
        guard storage.count - end < wanted / 2 else { return }
        if start > 0 {
            storage.withUnsafeMutableBytes { bytes in
                bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            }
            end -= start
            start = 0
        }
        // Doubles, so that a head that comes byte by byte is not copied once a byte.
        if storage.count - end < wanted / 2 {
            let size = max(storage.count + wanted, storage.count * 2)
            var larger = [UInt8](repeating: 0, count: size)
            larger.withUnsafeMutableBytes { $0.copyBytes(from: storage[0..<end]) }
            storage = larger
        }
    }

    /// The next request's head, if all of it is there.
    mutating func takeHead() throws(RequestFault) -> RequestHead? {
        guard !isEmpty else { return nil }
        let storage = storage
        let bytes = storage.span.extracting(start..<end)
        guard let length = try parser.parse(bytes) else { return nil }
        let head = try RequestHead(parser, of: bytes.extracting(0..<length))
        parser.reset()
        start += length
        return head
    }

    mutating func beginBody(_ framing: BodyFraming, trailerLimit: Int) {
        switch framing {
        case .none: body = .none
        case .length(let length): body = .length(length)
        case .chunked: body = .chunked(ChunkedDecoder(trailerLimit: trailerLimit))
        }
    }

    /// Whether the request's body was taken to its end.
    var isBodyFinished: Bool {
        switch body {
        case .none: true
        case .length(let remaining): remaining == 0
        case .chunked(let decoder): decoder.isFinished
        }
    }

    /// Moves what is there of the body to `output`, until that holds `limit` bytes.
    mutating func takeBody(into output: inout [UInt8], limit: Int) throws(RequestFault) {
        switch body {
        case .none: break
        case .length(let remaining):
            let count = min(remaining, end - start, limit - output.count)
            guard count > 0 else { return }
            output.append(contentsOf: storage[start..<start + count])
            start += count
            body = .length(remaining - count)
        case .chunked(var decoder):
            let storage = storage
            let bytes = storage.span.extracting(start..<end)
            start += try decoder.decode(bytes, into: &output, limit: limit)
            body = .chunked(decoder)
        }
    }

    /// Drops everything. Returns how much it was.
    mutating func dropAll() -> Int {
        defer { start = end }
        return end - start
    }

    /// Reads nothing any more.
    mutating func close() { isClosed = true }
}
