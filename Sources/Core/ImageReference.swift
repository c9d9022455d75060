/// How a configuration, a language file or a task names an image.
package enum ImageReference: Sendable, Hashable, Codable {
    case host
    /// `dir:/path`: an absolute path without `..` in it.
    case directory(String)
    /// The name of an image in the directory where this service keeps its images.
    case named(String)

    /// What stands before a directory's path.
    package static let directoryPrefix = "dir:"
    /// Bytes of the longest path; the launcher takes no longer one.
    package static let maximumPathLength = 1000

    /// Reads `host`, `dir:/path` or a name. `nil` for everything else.
    package init?(_ text: String) {
        if text == "host" {
            self = .host
        } else if text.hasPrefix(Self.directoryPrefix) {
            let path = String(text.dropFirst(Self.directoryPrefix.count))
            guard Self.isPath(path) else { return nil }
            self = .directory(path)
        } else {
            guard Self.isName(text) else { return nil }
            self = .named(text)
        }
    }

    /// Whether `text` can name an image: letters, digits, `-`, `_`, `+` and `.`, which does not come first.
    package static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 100 && text.first != "."
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "-_+.".utf8.contains(byte)
                }
            }
    }

    private static func isPath(_ path: String) -> Bool {
        path.hasPrefix("/") && path != "/" && path.utf8.count <= maximumPathLength && !path.utf8.contains(0)
            && !path.split(separator: "/").contains("..")
    }

    /// The image that it means where images with names lie in `directory`.
    package func image(in directory: String) -> SandboxImage {
        switch self {
        case .host: .host
        case .directory(let path): .directory(path)
        case .named(let name): .directory(directory + "/" + name)
        }
    }
}

extension ImageReference: CustomStringConvertible {
    package var description: String {
        switch self {
        case .host: "host"
        case .directory(let path): Self.directoryPrefix + path
        case .named(let name): name
        }
    }
}
