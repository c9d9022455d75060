import CArchive
import Glibc

/// Makes archives as an attacker would: every entry is written as it is told.
struct ArchiveMaker {
    enum Format { case zip, tar, gzippedTar }

    enum Entry {
        case file(String, [UInt8], permissions: UInt32 = 0o644)
        case directory(String)
        case symbolicLink(String, to: String)
        case hardLink(String, to: String)
        case device(String)
        case pipe(String)

        static func text(_ path: String, _ text: String) -> Entry { .file(path, Array(text.utf8)) }
    }

    static func make(_ format: Format, _ entries: [Entry]) -> [UInt8] {
        guard case .zip = format else { return written(format, entries) }
        // The library writes no special files into a zip file: their type is put in afterwards.
        var types: [Int: UInt32] = [:]
        let plain = entries.enumerated().map { index, entry -> Entry in
            switch entry {
            case .device(let path):
                types[index] = S_IFCHR
                return .text(path, "")
            case .pipe(let path):
                types[index] = S_IFIFO
                return .text(path, "")
            default: return entry
            }
        }
        var bytes = written(format, plain)
        for (index, type) in types { setType(type | 0o666, ofEntry: index, in: &bytes) }
        return bytes
    }

    /// Changes the mode in an entry of the central directory of a zip file.
    private static func setType(_ mode: UInt32, ofEntry index: Int, in bytes: inout [UInt8]) {
        let starts = bytes.indices.dropLast(46).filter { Array(bytes[$0..<$0 + 4]) == Array("PK\u{1}\u{2}".utf8) }
        let attributes = starts[index] + 38
        bytes[attributes + 2] = UInt8(mode & 0xff)
        bytes[attributes + 3] = UInt8(mode >> 8 & 0xff)
    }

    private static func written(_ format: Format, _ entries: [Entry]) -> [UInt8] {
        let writer = archive_write_new()!
        switch format {
        case .zip: archive_write_set_format_zip(writer)
        case .tar, .gzippedTar: archive_write_set_format_pax_restricted(writer)
        }
        if case .gzippedTar = format { archive_write_add_filter_gzip(writer) }
        // A zip's entries that are links carry their targets as contents.
        let capacity = 4 << 20
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        defer { buffer.deallocate() }
        var used = 0
        archive_write_open_memory(writer, buffer, capacity, &used)
        for entry in entries { write(entry, to: writer) }
        archive_write_close(writer)
        archive_write_free(writer)
        return Array(UnsafeRawBufferPointer(start: buffer, count: used))
    }

    private static func write(_ entry: Entry, to writer: OpaquePointer) {
        let header = archive_entry_new()!
        defer { archive_entry_free(header) }
        var contents: [UInt8] = []
        func set(_ path: String, _ type: UInt32, _ permissions: UInt32) {
            archive_entry_set_pathname(header, path)
            archive_entry_set_filetype(header, type)
            archive_entry_set_perm(header, permissions)
        }
        switch entry {
        case .file(let path, let bytes, let permissions):
            set(path, S_IFREG, permissions)
            contents = bytes
        case .directory(let path): set(path, S_IFDIR, 0o755)
        case .symbolicLink(let path, let target):
            set(path, S_IFLNK, 0o777)
            archive_entry_set_symlink(header, target)
        case .hardLink(let path, let target):
            set(path, S_IFREG, 0o644)
            archive_entry_set_hardlink(header, target)
        case .device(let path):
            set(path, S_IFCHR, 0o666)
            archive_entry_set_rdev(header, 0x0103)
        case .pipe(let path): set(path, S_IFIFO, 0o666)
        }
        archive_entry_set_size(header, Int64(contents.count))
        archive_write_header(writer, header)
        if !contents.isEmpty { archive_write_data(writer, contents, contents.count) }
    }
}
