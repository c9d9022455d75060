import Core

extension NativeTask {
    /// The task with what its author gave to check it by: `solutions/VERDICT/…` and `validators/`.
    static func package(_ tree: FileTree, name: String) throws(TaskFormatError) -> TaskPackage {
        let native = try load(TaskDirectory(tree, name: name))
        var package = TaskPackage(format: .native, title: native.title, task: native.task)
        package.task.title = native.title
        package.solutions = try SolutionReader(name: name + "/solutions").solutions(in: tree.below("solutions"))
        package.inputValidators = try ProgramFinder(name: name + "/validators").programs(in: tree.below("validators"))
            .map { CheckerProgram(language: $0.language, files: $0.files) }
        return package
    }
}
