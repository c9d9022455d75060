import Glibc

/// What a message or a request carries: bytes, or a regular file from its beginning to its end.
enum Payload: Sendable {
    case bytes([UInt8])
    case file(Descriptor)

    private static let partSize = 256 << 10

    var size: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .file(let file): file.size
        }
    }

    /// Hands everything to `body`, part by part, as long as it asks for more. False if that was not everything, also because
    /// the file could not be read.
    func parts<Failure>(_ body: (ArraySlice<UInt8>) throws(Failure) -> Bool) throws(Failure) -> Bool {
        switch self {
        case .bytes(let bytes): return try body(bytes[...])
        case .file(let file):
            var offset = 0
            let size = file.size
            while offset < size {
                let part = try? file.contents(min(Self.partSize, size - offset), from: offset)
                guard let part, try body(part[...]) else { return false }
                offset += part.count
            }
            return true
        }
    }
}
