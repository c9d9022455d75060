import COpenSSL
package import Core
import Dispatch
import Foundation
import Glibc

/// A file cache in a directory of its own: each content once, under its SHA-256, and for each name a small file that
/// says which content it means. No name of a client's is ever a name on disk.
///
/// A content's modification time is when it was used last. Files come into being by rename, and a content is compared
/// with its name when it is read, so that what a crash left half-written is a miss and not a wrong file.
package final class DiskFileCache: FileCache {
    private let directory: String
    private let limits: FileCacheLimits
    /// All disk access happens here, off the threads that answer requests; `index` is touched nowhere else.
    private let queue = DispatchQueue(label: "assay.file-cache")
    nonisolated(unsafe) private var index: [String: Entry] = [:]
    nonisolated(unsafe) private var bytes = 0
    nonisolated(unsafe) private var sweptAt = ContinuousClock.now

    private struct Entry {
        var size: Int
        var usedAt: time_t
    }

    /// How often old files are looked for, at most.
    private static let sweepInterval = Duration.seconds(600)
    /// When the quota is reached, this share of it stays: so that not every new file has to make room.
    private static let shareAfterMakingRoom = 0.9

    /// Takes `directory`, which no other process may use, and what an earlier process left there.
    package init(directory: String, limits: FileCacheLimits = FileCacheLimits()) throws(FileCacheError) {
        self.directory = directory
        self.limits = limits
        for part in ["", "/contents", "/names", "/new"] {
            guard mkdir(directory + part, 0o700) == 0 || errno == EEXIST else {
                throw .failed(step: "make the file cache", errno: errno)
            }
        }
        for leftover in Self.files(in: directory + "/new") { unlink(directory + "/new/" + leftover) }
        for digest in Self.files(in: directory + "/contents") {
            var status = stat()
            guard stat(path(ofContent: digest), &status) == 0 else { continue }
            index[digest] = Entry(size: Int(status.st_size), usedAt: status.st_mtim.tv_sec)
            bytes += Int(status.st_size)
        }
        sweep()
    }

    package func keep(_ contents: [UInt8], as key: FileCacheKey) async throws(FileCacheError) {
        guard contents.count <= limits.fileBytes else { throw .tooLarge(limit: limits.fileBytes) }
        try await perform { () throws(FileCacheError) in
            let digest = Self.digest(contents)
            if self.index[digest] == nil {
                try self.write(contents, to: self.path(ofContent: digest))
                self.index[digest] = Entry(size: contents.count, usedAt: time(nil))
                self.bytes += contents.count
            } else {
                self.touch(digest)
            }
            try self.write(Array(digest.utf8), to: self.path(of: key))
            self.makeRoom()
        }
    }

    package func contents(of key: FileCacheKey) async throws(FileCacheError) -> [UInt8]? {
        try await perform { () throws(FileCacheError) in
            guard let digest = self.digest(of: key) else { return nil }
            guard let data = FileManager.default.contents(atPath: self.path(ofContent: digest)),
                Self.digest(Array(data)) == digest
            else {
                self.remove(digest)
                return nil
            }
            self.touch(digest)
            return Array(data)
        }
    }

    package func contains(_ key: FileCacheKey) async -> Bool {
        let found: Bool? = try? await perform { () throws(FileCacheError) in
            guard let digest = self.digest(of: key) else { return false }
            self.touch(digest)
            return true
        }
        return found ?? false
    }

    private func perform<Result: Sendable>(
        _ body: @escaping @Sendable () throws(FileCacheError) -> Result
    ) async throws(FileCacheError) -> Result {
        let result = await withCheckedContinuation { continuation in
            queue.async {
                continuation.resume(returning: Swift.Result { () throws(FileCacheError) in try body() })
            }
        }
        return try result.get()
    }

    // MARK: - On the queue

    /// The content that `key` means, if it is still here.
    private func digest(of key: FileCacheKey) -> String? {
        let path = path(of: key)
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        let digest = String(decoding: data, as: UTF8.self)
        guard index[digest] != nil else {
            unlink(path)
            return nil
        }
        return digest
    }

    private func touch(_ digest: String) {
        index[digest]?.usedAt = time(nil)
        utimensat(AT_FDCWD, path(ofContent: digest), nil, 0)
    }

    private func remove(_ digest: String) {
        unlink(path(ofContent: digest))
        bytes -= index.removeValue(forKey: digest)?.size ?? 0
    }

    private func makeRoom() {
        if ContinuousClock.now - sweptAt > Self.sweepInterval { sweep() }
        guard bytes > limits.bytes else { return }
        let goal = Int(Double(limits.bytes) * Self.shareAfterMakingRoom)
        for (digest, _) in index.sorted(by: { ($0.value.usedAt, $0.key) < ($1.value.usedAt, $1.key) }) {
            guard bytes > goal, index.count > 1 else { break }
            remove(digest)
        }
    }

    /// Removes what is too old, and names that mean nothing any more.
    private func sweep() {
        sweptAt = ContinuousClock.now
        let oldest = time(nil) - time_t(limits.age.components.seconds)
        for (digest, entry) in index where entry.usedAt < oldest { remove(digest) }
        for name in Self.files(in: directory + "/names") {
            let path = directory + "/names/" + name
            let digest = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
            if digest.flatMap({ index[$0] }) == nil { unlink(path) }
        }
    }

    private func write(_ contents: [UInt8], to path: String) throws(FileCacheError) {
        let new = directory + "/new/file"
        let descriptor = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .failed(step: "make a file", errno: errno) }
        defer { unlink(new) }
        var written = 0
        var error: Int32 = 0
        while written < contents.count, error == 0 {
            let count = contents.withUnsafeBytes { bytes in
                Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
            }
            if count < 0 { error = errno == EINTR ? 0 : errno } else { written += count }
        }
        if close(descriptor) != 0, error == 0 { error = errno }
        guard error == 0 else { throw .failed(step: "write a file", errno: error) }
        guard rename(new, path) == 0 else { throw .failed(step: "rename a file", errno: errno) }
    }

    private func path(ofContent digest: String) -> String { directory + "/contents/" + digest }

    private func path(of key: FileCacheKey) -> String {
        directory + "/names/" + Self.digest(Array(key.owner.utf8) + [0] + Array(key.id.utf8))
    }

    private static func files(in directory: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    }

    private static func digest(_ bytes: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        SHA256(bytes, bytes.count, &digest)
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
