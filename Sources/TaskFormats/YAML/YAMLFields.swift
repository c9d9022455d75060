import Yams

/// The fields of a mapping, each taken once; `finish` refuses what nobody took.
struct YAMLFields {
    let value: YAMLValue
    private var untaken: [(key: String, value: YAMLValue)]
    private var known: [String] = []

    init(_ value: YAMLValue) throws(TaskFormatError) {
        guard let mapping = value.node.mapping else { throw value.error("expected fields with names") }
        self.value = value
        untaken = []
        for (key, node) in mapping {
            guard let name = key.scalar?.string else { throw value.error("a field's name must be text") }
            let path = value.path.isEmpty ? name : value.path + "." + name
            // What is wrong with a field is said of its name's line: an empty value has no line of its own.
            untaken.append((name, YAMLValue(node: node.marked(key.mark), file: value.file, path: path)))
        }
    }

    /// The field `name` if it is there.
    mutating func take(_ name: String) -> YAMLValue? {
        known.append(name)
        guard let position = untaken.firstIndex(where: { $0.key == name }) else { return nil }
        return untaken.remove(at: position).value
    }

    /// The field `name`, which must be there.
    mutating func require(_ name: String) throws(TaskFormatError) -> YAMLValue {
        guard let field = take(name) else {
            let path = value.path.isEmpty ? name : value.path + "." + name
            throw TaskFormatError(file: value.file, line: value.line, field: path, reason: "is missing")
        }
        return field
    }

    /// All fields that are left, by name, whatever they are called.
    mutating func takeRest() -> [(key: String, value: YAMLValue)] {
        defer { untaken = [] }
        return untaken
    }

    /// Throws when a field was not taken.
    func finish() throws(TaskFormatError) {
        guard let field = untaken.first else { return }
        throw field.value.error("is not a field here; there are \(known.sorted().joined(separator: ", "))")
    }
}

extension Node {
    /// A scalar with the mark of the key before it.
    fileprivate func marked(_ mark: Mark?) -> Node {
        guard var scalar else { return self }
        scalar.mark = mark
        return .scalar(scalar)
    }
}
