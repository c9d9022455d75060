import Yams

/// A YAML file of one document, a mapping at its top.
enum YAMLDocument {
    /// Longest file accepted, in bytes.
    static let maximumSize = 1 << 20

    /// The fields at the top of `text`, which was read from `file`.
    static func fields(of text: String, file: String) throws(TaskFormatError) -> YAMLFields {
        guard text.utf8.count <= maximumSize else {
            throw TaskFormatError(file: file, reason: "is longer than \(maximumSize) bytes")
        }
        if let anchor = anchorWithAlias(in: text) {
            throw TaskFormatError(file: file, reason: "uses the anchor &\(anchor); anchors are not supported")
        }
        let root: Node?
        do { root = try Yams.compose(yaml: text) } catch let error as YamlError {
            throw TaskFormatError(file: file, error)
        } catch {
            throw TaskFormatError(file: file, reason: "\(error)")
        }
        guard let root else { throw TaskFormatError(file: file, reason: "is empty") }
        return try YAMLFields(YAMLValue(node: root, file: file, path: ""))
    }

    /// An anchor that the text also refers to. A few nested ones describe a document of any size, which would be
    /// spelled out while keys are compared, so none are accepted.
    private static func anchorWithAlias(in text: String) -> String? {
        let anchors = names(after: "&", in: text)
        guard !anchors.isEmpty else { return nil }
        return names(after: "*", in: text).first(where: anchors.contains)
    }

    private static func names(after mark: Character, in text: String) -> Set<String> {
        let mark = mark.asciiValue
        var names: Set<String> = []
        var rest = text.utf8[...]
        while let position = rest.firstIndex(where: { $0 == mark }) {
            rest = rest[position...].dropFirst()
            let name = rest.prefix(while: isAnchorByte)
            if !name.isEmpty { names.insert(String(decoding: name, as: UTF8.self)) }
        }
        return names
    }

    private static func isAnchorByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

extension TaskFormatError {
    init(file: String, _ error: YamlError) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.init(file: file, line: mark.line, reason: problem)
        case .reader(let problem, _, _, _):
            self.init(file: file, reason: problem)
        case .duplicatedKeysInMapping(let duplicates, let context):
            self.init(
                file: file, line: context.mark.line, field: duplicates.first, reason: "is given more than once")
        default: self.init(file: file, reason: "\(error)")
        }
    }
}
