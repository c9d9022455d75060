/// A path that cannot leave the directory it is resolved in: no `..`, no leading slash, no empty part, no control byte.
package struct RelativePath: Sendable, Hashable, Codable, CustomStringConvertible {
    package let string: String

    /// Longest path accepted, in bytes of UTF-8.
    package static let maximumLength = 1024
    /// Longest part between slashes, in bytes: the file system's own limit.
    package static let maximumPartLength = 255
    /// Deepest nesting accepted.
    package static let maximumDepth = 32

    package enum Problem: Error, Sendable, Hashable {
        case empty, tooLong, tooDeep, absolute, leavesDirectory, emptyPart, controlCharacter
    }

    package init(_ string: String) throws(Problem) {
        guard !string.isEmpty else { throw .empty }
        guard string.utf8.count <= Self.maximumLength else { throw .tooLong }
        guard !string.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { throw .controlCharacter }
        guard !string.utf8.starts(with: "/".utf8) else { throw .absolute }
        let parts = string.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count <= Self.maximumDepth else { throw .tooDeep }
        for part in parts {
            guard !part.isEmpty else { throw .emptyPart }
            guard part.count <= Self.maximumPartLength else { throw .tooLong }
            guard !part.elementsEqual("..".utf8), !part.elementsEqual(".".utf8) else { throw .leavesDirectory }
        }
        self.string = string
    }

    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(string)
    }

    /// The parts between slashes.
    package var parts: [String] { string.split(separator: "/").map(String.init) }

    /// The last part.
    package var name: String { parts.last ?? string }

    /// What follows the last dot of the last part; `nil` without a dot, or when the name begins with its only one.
    package var fileExtension: String? {
        let name = name
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return nil }
        return String(name[name.index(after: dot)...])
    }

    /// The path without the last dot and what follows it.
    package var withoutExtension: RelativePath {
        guard let fileExtension, let shorter = try? RelativePath(String(string.dropLast(fileExtension.count + 1)))
        else { return self }
        return shorter
    }

    package var description: String { string }
}

extension RelativePath.Problem: CustomStringConvertible {
    package var description: String {
        switch self {
        case .empty: "is empty"
        case .tooLong: "is too long"
        case .tooDeep: "is nested too deeply"
        case .absolute: "must not begin with a slash"
        case .leavesDirectory: "must not contain the parts . or .."
        case .emptyPart: "has an empty part"
        case .controlCharacter: "contains a control character"
        }
    }
}
