import Core
import Yams

/// A value in a YAML file, which knows where it stands.
struct YAMLValue {
    let node: Node
    let file: String
    /// `tests[2].points`; empty at the top.
    let path: String

    var line: Int? { node.mark?.line }

    /// That this value is wrong.
    func error(_ reason: String) -> TaskFormatError {
        TaskFormatError(file: file, line: line, field: path.isEmpty ? nil : path, reason: reason)
    }

    var isNull: Bool { node.null != nil }
    var isMapping: Bool { node.mapping != nil }
    var isSequence: Bool { node.sequence != nil }

    /// Text as it is written, so that `42` and `yes` need no quotes.
    func text() throws(TaskFormatError) -> String {
        guard let scalar = node.scalar, !isNull else { throw error("expected text") }
        return scalar.string
    }

    func integer() throws(TaskFormatError) -> Int {
        guard node.scalar != nil, let integer = node.int else { throw error("expected a whole number") }
        return integer
    }

    func number() throws(TaskFormatError) -> Double {
        guard node.scalar != nil, let number = node.float ?? node.int.map(Double.init), number.isFinite else {
            throw error("expected a number")
        }
        return number
    }

    func flag() throws(TaskFormatError) -> Bool {
        guard node.scalar != nil, let flag = node.bool else { throw error("expected true or false") }
        return flag
    }

    func duration() throws(TaskFormatError) -> Duration {
        guard let duration = Quantity.duration(try text()) else {
            throw error("expected a time with its unit, such as 500ms or 2s")
        }
        return duration
    }

    func bytes() throws(TaskFormatError) -> Int {
        guard let bytes = Quantity.bytes(try text()) else {
            throw error("expected a size with its unit, such as 64 KiB or 256 MiB")
        }
        return bytes
    }

    func relativePath() throws(TaskFormatError) -> RelativePath {
        let text = try text()
        do { return try RelativePath(text) } catch { throw self.error("\(error)") }
    }

    func items() throws(TaskFormatError) -> [YAMLValue] {
        guard let sequence = node.sequence else { throw error("expected a list") }
        return sequence.enumerated().map { YAMLValue(node: $1, file: file, path: "\(path)[\($0)]") }
    }

    func texts() throws(TaskFormatError) -> [String] {
        try items().map { item throws(TaskFormatError) in try item.text() }
    }

    func fields() throws(TaskFormatError) -> YAMLFields { try YAMLFields(self) }
}
