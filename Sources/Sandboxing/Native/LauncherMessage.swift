import CSandbox
import Glibc

/// A message to the launcher as it goes over the socket.
struct LauncherMessage: Sendable {
    let bytes: [UInt8]
    let tag: UInt64
    /// Go along, those that are handed over last.
    let descriptors: [Descriptor]
    /// Those of them that are the receiver's alone from then on.
    let handedOver: [Descriptor]

    /// A message whose fixed part is `body`. Its header is filled in here.
    init<Body: BitwiseCopyable>(
        _ kind: Int, tag: UInt64, handle: SandboxHandle? = nil, body: Body, tail: [UInt8] = [],
        descriptors: [Descriptor] = [], handedOver: [Descriptor] = []
    ) {
        var bytes = withUnsafeBytes(of: body) { Array($0) } + tail
        let header = assay_header(
            kind: UInt32(kind), size: UInt32(bytes.count), tag: tag, slot: handle?.slot ?? 0,
            generation: handle?.generation ?? 0)
        withUnsafeBytes(of: header) { bytes.replaceSubrange(..<$0.count, with: $0) }
        self.bytes = bytes
        self.tag = tag
        self.descriptors = descriptors + handedOver
        self.handedOver = handedOver
    }
}

/// Which sandbox of the launcher: its place, and how often the place was used before.
struct SandboxHandle: Sendable, Hashable {
    let slot: UInt32
    let generation: UInt32
}

/// A message from the launcher.
struct LauncherReply: Sendable {
    let header: assay_header
    let bytes: [UInt8]
    let descriptors: [Descriptor]

    var handle: SandboxHandle { SandboxHandle(slot: header.slot, generation: header.generation) }

    init?(bytes: [UInt8], descriptors: [Descriptor]) {
        guard let header = Self.fixedPart(of: bytes, as: assay_header.self), Int(header.size) == bytes.count else {
            return nil
        }
        self.header = header
        self.bytes = bytes
        self.descriptors = descriptors
    }

    /// The fixed part of a reply of `kind`. A refusal becomes the error that it is.
    func body<Body: BitwiseCopyable>(_ kind: Int, as type: Body.Type) throws(SandboxError) -> Body {
        if header.kind == UInt32(ASSAY_REFUSED), let refused = Self.fixedPart(of: bytes, as: assay_refused.self) {
            let reason = text(of: refused.reason)
            if refused.error == ESRCH { throw .lost(reason) }
            if refused.error == EPROTO || refused.error == EDQUOT { throw .invalidRequest(reason) }
            throw .setupFailed(step: reason, errno: refused.error)
        }
        guard header.kind == UInt32(kind), let body = Self.fixedPart(of: bytes, as: type) else {
            throw .lost("the launcher sent an unexpected message")
        }
        return body
    }

    /// Throws what went wrong with files, of which there may be `limit` bytes.
    func checkDone(limit: Int) throws(SandboxError) {
        let done = try body(ASSAY_DONE, as: assay_done.self)
        switch done.error {
        case 0: return
        case EFBIG, ENOSPC, EDQUOT: throw .tooLarge(limit: limit)
        case ESRCH: throw .lost(text(of: done.step))
        default: throw .setupFailed(step: text(of: done.step), errno: done.error)
        }
    }

    /// What follows the fixed part.
    func tail<Body: BitwiseCopyable>(after type: Body.Type) -> ArraySlice<UInt8> {
        bytes.dropFirst(MemoryLayout<Body>.size)
    }

    private static func fixedPart<Body: BitwiseCopyable>(of bytes: [UInt8], as type: Body.Type) -> Body? {
        guard bytes.count >= MemoryLayout<Body>.size else { return nil }
        return bytes.withUnsafeBytes { $0.loadUnaligned(as: type) }
    }
}

/// The text in a C array of characters.
func text<Characters: BitwiseCopyable>(of characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

/// A C array of characters that holds `text`, cut at its length.
func setText<Characters: BitwiseCopyable>(_ text: String, in characters: inout Characters) {
    withUnsafeMutableBytes(of: &characters) { target in
        for (index, byte) in text.utf8.prefix(target.count - 1).enumerated() { target[index] = byte }
    }
}
