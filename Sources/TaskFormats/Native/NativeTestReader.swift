import Core

/// Reads `tests:`: a list, or the name of a directory with a `NAME.in` and a `NAME.ans` for each test.
struct NativeTestReader {
    let directory: TaskDirectory
    /// Bytes that the tests read so far take together.
    private var size = 0

    init(directory: TaskDirectory) { self.directory = directory }

    /// Most tests of a task.
    static let maximumTests = 1000
    /// Longest input or expected output, in bytes.
    static let maximumFileSize = 64 << 20
    /// Most bytes of all inputs and expected outputs together: a task is kept in memory.
    static let maximumSize = 256 << 20
    /// Longest name of a test, in bytes.
    static let maximumNameLength = 128
    /// Most points of one test.
    static let maximumPoints = 1_000_000.0

    mutating func tests(_ value: YAMLValue) throws(TaskFormatError) -> [TestCase] {
        let tests = value.isSequence ? try listed(value) : try paired(value)
        guard !tests.isEmpty else { throw value.error("holds no test") }
        guard tests.count <= Self.maximumTests else { throw value.error("holds more than \(Self.maximumTests) tests") }
        return tests
    }

    // MARK: A list

    private mutating func listed(_ value: YAMLValue) throws(TaskFormatError) -> [TestCase] {
        var tests: [TestCase] = []
        var names: Set<String> = []
        for (index, item) in try value.items().enumerated() {
            let test = try test(item, number: index + 1)
            guard names.insert(test.name).inserted else { throw item.error("another test is named \(test.name)") }
            tests.append(test)
        }
        return tests
    }

    private mutating func test(_ value: YAMLValue, number: Int) throws(TaskFormatError) -> TestCase {
        var fields = try value.fields()
        var test = TestCase(name: String(number))
        if let name = fields.take("name") {
            test.name = try name.text()
            guard (1...Self.maximumNameLength).contains(test.name.utf8.count) else {
                throw name.error("must have from 1 to \(Self.maximumNameLength) bytes")
            }
        }
        test.stdin = try text("input", &fields) ?? []
        test.expectedOutput = try text("expected", &fields)
        test.arguments = try fields.take("args")?.texts() ?? []
        if let points = fields.take("points") {
            test.points = try points.number()
            guard (0...Self.maximumPoints).contains(test.points) else {
                throw points.error("must be from 0 to \(Int(Self.maximumPoints))")
            }
        }
        try fields.finish()
        return test
    }

    /// The text of the field `name`, or the contents of the file that `name_file` names.
    private mutating func text(_ name: String, _ fields: inout YAMLFields) throws(TaskFormatError) -> [UInt8]? {
        switch (fields.take(name), fields.take(name + "_file")) {
        case (nil, nil): return nil
        case (let text?, nil): return try counted(Array(text.text().utf8), text)
        case (nil, let file?): return try contents(of: file.relativePath(), in: directory, file)
        case (.some, let file?): throw file.error("excludes \(name)")
        }
    }

    // MARK: A directory of pairs

    private mutating func paired(_ value: YAMLValue) throws(TaskFormatError) -> [TestCase] {
        guard !value.isMapping else { throw value.error("expected a list of tests, or the name of a directory") }
        let path = try value.relativePath()
        let directory: TaskDirectory
        do { directory = try self.directory.directory(path) } catch { throw value.error("\(path): \(error.reason)") }
        let files = try directory.entries().map(\.name)
        let inputs = files.filter { $0.hasSuffix(Self.inputEnding) }.map { $0.dropLast(Self.inputEnding.count) }
        let answers = files.filter { $0.hasSuffix(Self.answerEnding) }.map { $0.dropLast(Self.answerEnding.count) }
        if let single = Set(inputs).symmetricDifference(answers).min() {
            let missing = inputs.contains(single) ? Self.answerEnding : Self.inputEnding
            throw value.error("\(path)/\(single)\(missing) is missing")
        }
        var tests: [TestCase] = []
        for name in inputs {
            guard name.utf8.count <= Self.maximumNameLength else {
                throw value.error("the name \(name) is longer than \(Self.maximumNameLength) bytes")
            }
            tests.append(
                TestCase(
                    name: String(name),
                    stdin: try contents(of: file(name + Self.inputEnding, value), in: directory, value),
                    expectedOutput: try contents(of: file(name + Self.answerEnding, value), in: directory, value)))
        }
        return tests
    }

    private static let inputEnding = ".in"
    private static let answerEnding = ".ans"

    private func file(_ name: Substring, _ value: YAMLValue) throws(TaskFormatError) -> RelativePath {
        do { return try RelativePath(String(name)) } catch { throw value.error("the name \(name) \(error)") }
    }

    // MARK: Bytes

    private mutating func contents(
        of path: RelativePath, in directory: TaskDirectory, _ value: YAMLValue
    ) throws(TaskFormatError) -> [UInt8] {
        let bytes: [UInt8]
        do { bytes = try directory.contents(of: path, limit: Self.maximumFileSize) } catch {
            throw value.error("\(path): \(error.reason)")
        }
        return try counted(bytes, value)
    }

    private mutating func counted(_ bytes: [UInt8], _ value: YAMLValue) throws(TaskFormatError) -> [UInt8] {
        size += bytes.count
        guard size <= Self.maximumSize else {
            throw value.error("the tests' files are longer than \(Self.maximumSize) bytes together")
        }
        return bytes
    }
}
