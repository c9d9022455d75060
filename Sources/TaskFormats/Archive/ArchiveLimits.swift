/// What an archive may unpack to. Archives come from people, so each is read as if it were meant to do harm.
package struct ArchiveLimits: Sendable, Hashable {
    /// Bytes of all files together.
    package var bytes: Int
    /// Files and links.
    package var files: Int
    /// Bytes unpacked per byte packed; counted once `ratioFreeBytes` are unpacked, because small texts of one letter
    /// are harmless and pack well.
    package var ratio: Int
    /// Bytes that may be unpacked at any ratio.
    package var ratioFreeBytes: Int

    package init(
        bytes: Int = 512 << 20, files: Int = 20_000, ratio: Int = 200, ratioFreeBytes: Int = 16 << 20
    ) {
        self.bytes = bytes
        self.files = files
        self.ratio = ratio
        self.ratioFreeBytes = ratioFreeBytes
    }
}

/// Why an archive or a directory was not taken.
package enum ArchiveError: Error, Sendable, Hashable {
    /// Neither zip nor tar, cut short, or broken.
    case malformed(String)
    case encrypted(String)
    case tooManyFiles(limit: Int)
    case tooLarge(limit: Int)
    /// It unpacks to more than `limit` times its size.
    case bomb(limit: Int)
    /// A name that is no path below a directory.
    case badPath(String, String)
    case duplicate(String)
    /// Two names that are one on file systems that do not tell upper from lower case.
    case caseClash(String, String)
    /// A path is a file and the directory of another.
    case fileIsDirectory(String)
    case hardLink(String)
    /// A device, a socket or a pipe.
    case specialFile(String)
    /// Symbolic links are not allowed here.
    case link(String)
    /// A symbolic link to something outside, to nothing, or in a circle.
    case badLink(String, target: String)
    case unreadable(String)
}

extension ArchiveError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed(let reason): "the archive is not a sound zip or tar file: \(reason)"
        case .encrypted(let path): "\(path) is encrypted"
        case .tooManyFiles(let limit): "there are more than \(limit) files"
        case .tooLarge(let limit): "the files have more than \(limit) bytes together"
        case .bomb(let limit): "the archive unpacks to more than \(limit) times its size"
        case .badPath(let path, let reason): "the name '\(path)' \(reason)"
        case .duplicate(let path): "\(path) is there twice"
        case .caseClash(let one, let other): "\(one) and \(other) differ only in upper and lower case"
        case .fileIsDirectory(let path): "\(path) is both a file and a directory"
        case .hardLink(let path): "\(path) is a hard link"
        case .specialFile(let path): "\(path) is neither a file nor a directory"
        case .link(let path): "\(path) is a symbolic link"
        case .badLink(let path, let target): "the link \(path) leads to '\(target)', which is nothing inside"
        case .unreadable(let path): "\(path) cannot be read"
        }
    }
}
