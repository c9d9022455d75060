import COpenSSL

/// The SHA-256 of a blob's content, which is its name.
package struct BlobDigest: Sendable, Hashable, CustomStringConvertible {
    package let bytes: [UInt8]

    /// Of `content`.
    package init(of content: [UInt8]) {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        SHA256(content, content.count, &digest)
        bytes = digest
    }

    /// As it is stored.
    init(stored bytes: [UInt8]) throws(StorageError) {
        guard bytes.count == Int(SHA256_DIGEST_LENGTH) else { throw .corrupt("a blob's name is no SHA-256") }
        self.bytes = bytes
    }

    /// Reads 64 hexadecimal digits; `nil` if `text` is none.
    package init?(_ text: String) {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == text.utf8.count, digits.count == 2 * Int(SHA256_DIGEST_LENGTH) else { return nil }
        bytes = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    package var description: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

extension Store {
    /// Bytes in one row.
    static let blobPiece = 1 << 20
    /// The largest blob, in bytes.
    package static let maximumBlob = 1 << 30

    /// How long a blob stays that no task and no file refers to.
    package static let unusedBlobAge = Duration.seconds(600)

    /// Keeps `content`, once, whoever else keeps the same; for `unusedBlobAge` and as long as something refers to it.
    @discardableResult
    package func keepBlob(_ content: [UInt8]) async throws(StorageError) -> BlobDigest {
        let digest = try Self.digest(ofBlob: content)
        try await database.write { (connection) throws(StorageError) -> Void in
            try Self.keepBlob(content, digest, with: connection)
        }
        return digest
    }

    static func digest(ofBlob content: [UInt8]) throws(StorageError) -> BlobDigest {
        guard content.count <= maximumBlob else { throw .refused("a blob is larger than \(maximumBlob) bytes") }
        return BlobDigest(of: content)
    }

    /// One that is there is made young, so that who removes unused ones at the same moment leaves it.
    static func keepBlob(
        _ content: [UInt8], _ digest: BlobDigest, with connection: any Connection
    ) throws(StorageError) {
        let now = Milliseconds.now
        let isKept = try !connection.run(
            "UPDATE blobs SET created_at = \(now) WHERE digest = \(digest.bytes) RETURNING size"
        ).isEmpty
        guard !isKept else { return }
        let isNew = try !connection.run(
            """
            INSERT INTO blobs (digest, size, created_at) VALUES (\(digest.bytes), \(content.count), \(now))
            ON CONFLICT (digest) DO NOTHING RETURNING size
            """
        ).isEmpty
        guard isNew else { return }
        for (number, start) in stride(from: 0, to: content.count, by: blobPiece).enumerated() {
            let piece = Array(content[start..<min(start + blobPiece, content.count)])
            try connection.run(
                "INSERT INTO blob_pieces (digest, number, body) VALUES (\(digest.bytes), \(number), \(piece))")
        }
    }

    /// Removes the blobs that nothing refers to and that are older than `age`; gives back how many.
    @discardableResult
    package func removeUnusedBlobs(olderThan age: Duration = unusedBlobAge) async throws(StorageError) -> Int {
        try await database.write { (connection) throws(StorageError) in
            try connection.run(
                """
                DELETE FROM blobs WHERE created_at < \(Milliseconds.now - Milliseconds.of(age))
                AND NOT EXISTS (SELECT 1 FROM task_versions WHERE archive = digest)
                AND NOT EXISTS (SELECT 1 FROM files WHERE content = digest)
                RETURNING size
                """
            ).count
        }
    }

    /// The content, checked against its name; `nil` if it is not kept.
    package func blob(_ digest: BlobDigest) async throws(StorageError) -> [UInt8]? {
        let pieces = try await database.read { (connection) throws(StorageError) in
            try Self.pieces(ofBlob: digest, with: connection)
        }
        return try pieces.map { (pieces) throws(StorageError) in try Self.content(of: digest, pieces) }
    }

    static func pieces(ofBlob digest: BlobDigest, with connection: any Connection) throws(StorageError) -> [[UInt8]]? {
        guard try !connection.run("SELECT size FROM blobs WHERE digest = \(digest.bytes)").isEmpty else { return nil }
        var pieces: [[UInt8]] = []
        let rows = try connection.run("SELECT body FROM blob_pieces WHERE digest = \(digest.bytes) ORDER BY number")
        for row in rows { pieces.append(try row.blob(0)) }
        return pieces
    }

    static func content(of digest: BlobDigest, _ pieces: [[UInt8]]) throws(StorageError) -> [UInt8] {
        let content = pieces.count == 1 ? pieces[0] : Array(pieces.joined())
        guard BlobDigest(of: content) == digest else { throw .corrupt("the blob \(digest) has another content") }
        return content
    }

    /// Which of `digests` are kept.
    package func keptBlobs(of digests: Set<BlobDigest>) async throws(StorageError) -> Set<BlobDigest> {
        try await database.read { (connection) throws(StorageError) in
            var kept: Set<BlobDigest> = []
            for digest in digests
            where try !connection.run("SELECT size FROM blobs WHERE digest = \(digest.bytes)").isEmpty {
                kept.insert(digest)
            }
            return kept
        }
    }

    /// Whether it was there to be deleted.
    @discardableResult
    package func deleteBlob(_ digest: BlobDigest) async throws(StorageError) -> Bool {
        try await database.write { (connection) throws(StorageError) in
            try !connection.run("DELETE FROM blobs WHERE digest = \(digest.bytes) RETURNING size").isEmpty
        }
    }
}
