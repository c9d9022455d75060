package import struct Core.FileCacheKey

/// Files that clients send ahead of the submissions that use them. A cache: what is in it may go at any time, and the
/// client sends it again.
package protocol FileCache: Sendable {
    /// Keeps `contents` under `key`, in place of what was there.
    func keep(_ contents: [UInt8], as key: FileCacheKey) async throws(FileCacheError)

    /// `nil` when there is none, or no more. Reading counts as use.
    func contents(of key: FileCacheKey) async throws(FileCacheError) -> [UInt8]?

    /// Whether it is there. Asking counts as use.
    func contains(_ key: FileCacheKey) async -> Bool
}

/// Why a file was not kept or read.
package enum FileCacheError: Error, Sendable, Hashable {
    /// It has more bytes than one file may.
    case tooLarge(limit: Int)
    /// The database cannot be used now.
    case unavailable(String)
}

extension FileCacheError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLarge(let limit): "a file may have at most \(limit) bytes"
        case .unavailable(let reason): reason
        }
    }
}

/// How much a file cache keeps, and for how long.
package struct FileCacheLimits: Sendable, Hashable {
    /// Bytes of all files together; what was used longest ago goes first.
    package var bytes: Int
    /// Bytes of one file.
    package var fileBytes: Int
    /// What was not used for this long is removed.
    package var age: Duration

    package init(bytes: Int = 1 << 30, fileBytes: Int = 16 << 20, age: Duration = .seconds(7 * 86_400)) {
        self.bytes = bytes
        self.fileBytes = fileBytes
        self.age = age
    }
}
