package import Core

/// A task in our own format: a directory with a `task.yaml`. docs/TASKS.md explains the fields.
package struct NativeTask: Sendable, Hashable {
    package let title: String
    package let task: GradingTask

    /// The file that makes a directory a task of this format.
    package static let fileName = try! RelativePath("task.yaml")

    /// Reads the task in `directory`, its tests' files included.
    package static func load(directory: String) throws(TaskFormatError) -> NativeTask {
        try load(TaskDirectory(path: directory))
    }

    static func load(_ directory: TaskDirectory) throws(TaskFormatError) -> NativeTask {
        let bytes = try directory.contents(of: fileName, limit: YAMLDocument.maximumSize)
        let file = directory.path + "/" + fileName.string
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw TaskFormatError(file: file, reason: "is not UTF-8")
        }
        var fields = try YAMLDocument.fields(of: text, file: file)
        let title = try title(fields.require("title"))
        let languages = try fields.take("languages").map(languages)
        let limits = try fields.take("limits").map(LimitsRequest.init) ?? LimitsRequest()
        let network = try fields.take("network").map(NetworkMode.init) ?? .none
        var reader = NativeJudgingReader(directory: directory)
        let judging = try reader.judging(&fields)
        let image = try fields.take("image").map(ImageReference.init)
        var task = GradingTask(languages: languages, limits: limits, network: network, judging: judging, image: image)
        try reader.details(&fields, into: &task)
        task.sandbox = try SandboxChoice(&fields)
        try fields.finish()
        try reader.check(task, fields.value)
        return NativeTask(title: title, task: task)
    }

    private static func title(_ value: YAMLValue) throws(TaskFormatError) -> String {
        let title = try value.text()
        guard !title.isEmpty else { throw value.error("must not be empty") }
        return title
    }

    private static func languages(_ value: YAMLValue) throws(TaskFormatError) -> [String] {
        let languages = try value.texts()
        guard !languages.isEmpty else { throw value.error("allows no language; leave it out to allow every one") }
        return languages
    }
}
