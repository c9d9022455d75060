/// What is to be sent and was not taken by the kernel yet.
struct Output: Sendable {
    private var chunks: [[UInt8]] = []
    /// Bytes of the first chunk that were sent.
    private var offset = 0
    /// Bytes that were sent in all.
    private(set) var sent = 0
    /// The descriptor is another connection's by now, or nobody's: whoever kept a writer must not reach it.
    private var isClosed = false

    /// Smaller pieces are copied together, larger ones are sent from where they are.
    private static let copyLimit = 16 << 10
    /// Most answers of an API fit.
    private static let usualSize = 512

    var isEmpty: Bool { chunks.isEmpty }
    /// Bytes that wait, as far as it matters for putting off a flush.
    var isLarge: Bool { chunks.count > 1 || (chunks.first?.count ?? 0) > 32 << 10 }

    /// Lets `body` append to what is to be sent.
    mutating func append(_ body: (inout [UInt8]) -> Void) {
        guard !isClosed else { return }
        if chunks.isEmpty {
            chunks.append([])
            chunks[0].reserveCapacity(Self.usualSize)
        }
        body(&chunks[chunks.count - 1])
    }

    mutating func append(_ bytes: [UInt8]) {
        if bytes.count <= Self.copyLimit {
            append { $0.append(contentsOf: bytes) }
        } else if !isClosed {
            chunks.append(bytes)
            // What follows must not be copied into a large piece.
            chunks.append([])
        }
    }

    /// Sends what the kernel takes. `.bytes` when everything went.
    mutating func send(over transport: Transport) -> TransferResult {
        guard !isClosed else { return .failed }
        while let first = chunks.first {
            guard offset < first.count else {
                if chunks.count == 1 {
                    chunks.removeAll(keepingCapacity: first.capacity <= Self.copyLimit)
                } else {
                    chunks.removeFirst()
                }
                offset = 0
                continue
            }
            let hasMore = chunks.count > 1 && !(chunks.count == 2 && chunks[1].isEmpty)
            let result = first.withUnsafeBytes { bytes in
                transport.send(UnsafeRawBufferPointer(rebasing: bytes[offset...]), hasMore: hasMore)
            }
            guard case .bytes(let count, _) = result else { return result }
            offset += count
            sent += count
        }
        return .bytes(0, mayHaveMore: false)
    }

    /// Forgets what waits and sends nothing any more.
    mutating func close() {
        chunks = []
        isClosed = true
    }
}
