import CSandbox
import Core
import Glibc

/// A bundle as the launcher's sandboxes read and write it: one memory file.
enum PackedBundle {
    /// A sealed memory file that holds `files`.
    static func pack(_ files: [SourceFile]) throws(SandboxError) -> Descriptor {
        guard files.count <= Int(ASSAY_BUNDLE_FILES_MAX) else { throw .invalidRequest("too many files") }
        let file = try Descriptor.memoryFile("bundle")
        // Small files are put together, so that a directory of many costs few system calls.
        var buffer: [UInt8] = []
        append(assay_bundle(magic: UInt32(ASSAY_BUNDLE_MAGIC), count: UInt32(files.count)), to: &buffer)
        for source in files {
            let path = Array(source.path.string.utf8)
            let flags = source.isExecutable ? UInt32(ASSAY_ENTRY_EXECUTABLE) : 0
            append(
                assay_entry(path_size: UInt32(path.count), flags: flags, size: UInt64(source.contents.count)),
                to: &buffer)
            buffer += path
            if source.contents.count <= 64 << 10 {
                buffer += source.contents
            } else {
                try file.append(buffer)
                try file.append(source.contents)
                buffer.removeAll(keepingCapacity: true)
            }
            if buffer.count >= 256 << 10 {
                try file.append(buffer)
                buffer.removeAll(keepingCapacity: true)
            }
        }
        try file.append(buffer)
        guard assay_seal(file.number) else { throw .setupFailed(step: "seal bundle", errno: errno) }
        return file
    }

    /// The files in `file`. What the sandbox named in a way that no path of ours may be is left out; then `isComplete`
    /// is false.
    static func unpack(_ file: Descriptor) throws(SandboxError) -> (files: [SourceFile], isComplete: Bool) {
        let bytes = try file.contents(file.size)
        var reader = Reader(bytes: bytes)
        guard let head = reader.read(assay_bundle.self), head.magic == UInt32(ASSAY_BUNDLE_MAGIC) else {
            throw .lost("the sandbox wrote no bundle")
        }
        var files: [SourceFile] = []
        for _ in 0..<head.count {
            guard let entry = reader.read(assay_entry.self), let path = reader.take(UInt64(entry.path_size)),
                let contents = reader.take(entry.size)
            else { throw .lost("the sandbox wrote a broken bundle") }
            guard let string = String(validating: path, as: UTF8.self), let path = try? RelativePath(string) else {
                continue
            }
            let isExecutable = entry.flags & UInt32(ASSAY_ENTRY_EXECUTABLE) != 0
            files.append(SourceFile(path: path, contents: Array(contents), isExecutable: isExecutable))
        }
        return (files, files.count == Int(head.count))
    }

    private static func append<Value: BitwiseCopyable>(_ value: Value, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }

    private struct Reader {
        let bytes: [UInt8]
        var offset = 0

        mutating func take(_ count: UInt64) -> ArraySlice<UInt8>? {
            guard count <= UInt64(bytes.count - offset) else { return nil }
            defer { offset += Int(count) }
            return bytes[offset..<offset + Int(count)]
        }

        mutating func read<Value: BitwiseCopyable>(_ type: Value.Type) -> Value? {
            guard bytes.count - offset >= MemoryLayout<Value>.size else { return nil }
            defer { offset += MemoryLayout<Value>.size }
            return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
        }
    }
}
