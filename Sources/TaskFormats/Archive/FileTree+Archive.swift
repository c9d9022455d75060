import CArchive
import Core
import Glibc

extension FileTree {
    /// Unpacks a zip or tar file (also gzipped), in memory. `allowsLinks`: whether symbolic links to what is inside are
    /// taken (as copies) or refused.
    package init(
        archive bytes: [UInt8], limits: ArchiveLimits = ArchiveLimits(), allowsLinks: Bool = false
    ) throws(ArchiveError) {
        guard let reader = archive_read_new() else { throw .malformed("out of memory") }
        defer { archive_read_free(reader) }
        archive_read_support_format_zip_seekable(reader)
        archive_read_support_format_tar(reader)
        archive_read_support_filter_gzip(reader)
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(ArchiveError) -> FileTree in
                guard archive_read_open_memory(reader, buffer.baseAddress, buffer.count) == ARCHIVE_OK else {
                    throw .malformed(Self.reason(reader))
                }
                return try Self.read(reader, packed: buffer.count, limits: limits, allowsLinks: allowsLinks)
            }
        }
        self = try result.get()
    }

    private static func read(
        _ reader: OpaquePointer, packed: Int, limits: ArchiveLimits, allowsLinks: Bool
    ) throws(ArchiveError) -> FileTree {
        var builder = FileTreeBuilder(limits: limits, allowsLinks: allowsLinks)
        var entry: OpaquePointer?
        var count = 0
        while true {
            let status = archive_read_next_header(reader, &entry)
            if status == ARCHIVE_EOF { break }
            // A warning is about a name's encoding, which is looked at below.
            guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry else { throw .malformed(reason(reader)) }
            count += 1
            // Directories count too: an archive of nothing else is as much work.
            if count > 2 * limits.files { throw .tooManyFiles(limit: limits.files) }
            let name = try name(of: entry)
            guard let path = try builder.path(name) else { continue }
            if archive_entry_is_encrypted(entry) != 0 { throw .encrypted(path.string) }
            if archive_entry_hardlink(entry) != nil || archive_entry_hardlink_utf8(entry) != nil {
                throw .hardLink(path.string)
            }
            switch archive_entry_filetype(entry) {
            case S_IFDIR: try builder.addDirectory(path)
            case S_IFLNK: try builder.addLink(path, target: linkTarget(of: entry))
            case S_IFREG:
                let contents = try contents(reader, packed: packed, limits: limits, builder: builder)
                try builder.addFile(path, contents, isExecutable: archive_entry_perm(entry) & 0o111 != 0)
            default: throw .specialFile(path.string)
            }
        }
        guard count > 0 else { throw .malformed("it is empty") }
        return try builder.tree()
    }

    private static func contents(
        _ reader: OpaquePointer, packed: Int, limits: ArchiveLimits, builder: FileTreeBuilder
    ) throws(ArchiveError) -> [UInt8] {
        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            // What an entry says of its size is not believed: only what comes out counts.
            let size = archive_read_data(reader, &buffer, buffer.count)
            if size == 0 { return contents }
            guard size > 0 else { throw .malformed(reason(reader)) }
            contents += buffer[..<size]
            try builder.checkRoom(for: contents.count)
            let total = builder.bytes + contents.count
            if total > limits.ratioFreeBytes, total / limits.ratio > packed { throw .bomb(limit: limits.ratio) }
        }
    }

    private static func name(of entry: OpaquePointer) throws(ArchiveError) -> String {
        if let name = archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry),
            let text = String(validatingCString: name)
        {
            return text
        }
        throw .badPath("?", "is not UTF-8")
    }

    private static func linkTarget(of entry: OpaquePointer) -> String {
        guard let target = archive_entry_symlink_utf8(entry) ?? archive_entry_symlink(entry) else { return "" }
        return String(validatingCString: target) ?? ""
    }

    private static func reason(_ reader: OpaquePointer) -> String {
        archive_error_string(reader).map { String(cString: $0) } ?? "it cannot be read"
    }
}
