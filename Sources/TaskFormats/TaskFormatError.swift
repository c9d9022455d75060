/// Why a language file or a task cannot be used: where, and what is wrong there.
package struct TaskFormatError: Error, Sendable, Hashable, CustomStringConvertible {
    package var file: String
    /// From 1; `nil` when it is about the file as a whole.
    package var line: Int?
    /// `tests[2].points`, for example; `nil` when it is about no field.
    package var field: String?
    package var reason: String

    package init(file: String, line: Int? = nil, field: String? = nil, reason: String) {
        self.file = file
        self.line = line
        self.field = field
        self.reason = reason
    }

    /// `sum/task.yaml:7: tests[2].points: expected a number`
    package var description: String {
        ([line.map { "\(file):\($0)" } ?? file, field].compactMap(\.self) + [reason]).joined(separator: ": ")
    }
}
