import CLinux
import Glibc

/// Serves the files below a directory.
///
/// The kernel keeps every path inside: it resolves beneath the directory's descriptor and follows no symbolic link, so
/// neither the request nor a file's owner can lead outside. Names that begin with a dot are not served.
package final class StaticFiles: Sendable {
    private let directory: Int32
    private let cacheControl: String

    /// Bytes up to which a file is answered from memory, where it can be compressed; larger ones are streamed.
    private static let maximumInMemory = 1 << 20
    /// Bytes of a large file that are in memory at one time.
    private static let pieceSize = 128 << 10

    /// `cacheControl` goes with every file.
    package init(directory path: String, cacheControl: String = "no-cache") throws(ServerError) {
        directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw .systemCallFailed("open \(path)", errno: errno) }
        self.cacheControl = cacheControl
    }

    deinit { close(directory) }

    /// Answers with the file at `path`, relative to the directory; `nil` when there is none. A directory is answered
    /// with its `index.html`.
    package func response(to request: Request, path: String) -> Response? {
        guard request.method == .get || request.method == .head else {
            return .methodNotAllowed([.get, .head, .options])
        }
        let parts = path.split(separator: "/")
        guard !parts.contains(where: { $0.hasPrefix(".") }), !path.utf8.contains(0) else { return nil }
        var name = parts.joined(separator: "/")
        if name.isEmpty || path.hasSuffix("/") { name += name.isEmpty ? "index.html" : "/index.html" }
        guard let plain = file(name) else { return nil }
        let isCompressible = Compression.isCompressible(ContentType.of(name))
        if isCompressible, AcceptEncoding.allowsGzip(request.headers), request.headers["Range"] == nil,
            let compressed = file(name + ".gz")
        {
            return response(to: request, compressed, name, isCompressed: true)
        }
        return response(to: request, plain, name, isCompressed: false)
    }

    private func file(_ name: String) -> OpenFile? {
        let resolve = UInt64(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)
        // Without O_NONBLOCK, opening a fifo would wait for its other end.
        let descriptor = linux_openat2(directory, name, UInt64(O_RDONLY | O_CLOEXEC | O_NONBLOCK), resolve)
        return descriptor < 0 ? nil : OpenFile(descriptor)
    }

    private func response(to request: Request, _ file: OpenFile, _ name: String, isCompressed: Bool) -> Response {
        let type = ContentType.of(name)
        var headers: Headers = [
            "Content-Type": type, "ETag": file.tag, "Last-Modified": HTTPDate.format(file.modified),
            "Cache-Control": cacheControl, "Accept-Ranges": "bytes", "X-Content-Type-Options": "nosniff",
        ]
        if Compression.isCompressible(type) { headers.addVary("Accept-Encoding") }
        if isCompressed { headers["Content-Encoding"] = "gzip" }
        if isCurrent(request, file) { return Response(status: .notModified, headers: headers) }
        switch range(request, file) {
        case .whole:
            if file.size <= Self.maximumInMemory, let bytes = file.read(0..<file.size) {
                return Response(headers: headers, body: .bytes(bytes))
            }
            return stream(file, 0..<file.size, .ok, headers)
        case .part(let range):
            headers["Content-Range"] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.size)"
            return stream(file, range, .partialContent, headers)
        case .unsatisfiable:
            return Response(status: .rangeNotSatisfiable, headers: ["Content-Range": "bytes */\(file.size)"])
        }
    }

    private func stream(_ file: OpenFile, _ range: Range<Int>, _ status: Status, _ headers: Headers) -> Response {
        var headers = headers
        headers["Content-Length"] = "\(range.count)"
        return Response(
            status: status, headers: headers,
            body: .stream { writer in
                for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.pieceSize) {
                    let end = min(range.upperBound, start + Self.pieceSize)
                    // A file that shrank cannot be answered as promised; the connection ends instead.
                    guard let piece = file.read(start..<end) else { throw StreamError.lengthMismatch }
                    try await writer.write(piece)
                }
            })
    }

    /// Whether the client has this file already (RFC 9110, 13.2.2).
    private func isCurrent(_ request: Request, _ file: OpenFile) -> Bool {
        let tags = request.headers.values(of: "If-None-Match")
        if !tags.isEmpty {
            return tags.joined(separator: ",").split(separator: ",").map(\.trimmed).contains { tag in
                tag == "*" || tag == file.tag || tag == "W/\(file.tag)"
            }
        }
        return request.headers["If-Modified-Since"] == HTTPDate.format(file.modified)
    }

    private func range(_ request: Request, _ file: OpenFile) -> ByteRange {
        guard request.method == .get else { return .whole }
        // Of a file that changed, the client wants all.
        if let condition = request.headers["If-Range"], condition != file.tag,
            condition != HTTPDate.format(file.modified)
        {
            return .whole
        }
        return ByteRange(request.headers["Range"], size: file.size)
    }
}

/// An open regular file.
private final class OpenFile: Sendable {
    private let descriptor: Int32
    let size: Int
    /// Seconds since 1970.
    let modified: Int
    /// A strong entity tag: size, time and inode change when the file is replaced.
    let tag: String

    /// Takes the descriptor over; `nil` if it is not a regular file.
    init?(_ descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        size = Int(status.st_size)
        modified = status.st_mtim.tv_sec
        let time = UInt64(bitPattern: Int64(status.st_mtim.tv_sec)) &* 1_000_000_000 &+ UInt64(status.st_mtim.tv_nsec)
        tag = "\"\(String(time, radix: 36))-\(String(size, radix: 36))-\(String(status.st_ino, radix: 36))\""
    }

    deinit { close(descriptor) }

    /// The bytes of `range`; `nil` if they are not all there.
    func read(_ range: Range<Int>) -> [UInt8]? {
        var isComplete = true
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            while count < range.count {
                let got = pread(
                    descriptor, buffer.baseAddress.map { $0 + count }, range.count - count, range.lowerBound + count)
                guard got > 0 else {
                    isComplete = false
                    return
                }
                count += got
            }
        }
        return isComplete ? bytes : nil
    }
}
