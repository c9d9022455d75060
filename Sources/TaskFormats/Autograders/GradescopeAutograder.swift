import Core

/// A Gradescope autograder: `run_autograder`, and `setup.sh`, which runs once and prepares the image for all runs.
///
/// The format lets the student's code run beside the grader, in one place: what a hostile submission may do there is the
/// autograder's own care. What it cannot do here is to reach anything but that.
enum GradescopeAutograder {
    /// Seconds of a run, as the format has them.
    static let time = Duration.seconds(600)
    static let memory = 768 << 20

    static func package(_ tree: FileTree, name: String) throws(TaskFormatError) -> TaskPackage {
        var files: [SourceFile] = GraderSupport.files
        let sources = tree.sorted.filter { !$0.path.string.hasPrefix("submissions/") }
        for file in sources {
            guard let path = try? RelativePath("autograder/source/" + file.path.string) else {
                throw TaskFormatError(file: "\(name)/\(file.path)", reason: "its name is too long")
            }
            let isRun = file.path.string == "run_autograder"
            files.append(SourceFile(path: path, contents: file.contents, isExecutable: file.isExecutable || isRun))
            // The format finds it in two places.
            if isRun {
                files.append(GraderSupport.file("autograder/run_autograder", file.contents, isExecutable: true))
            }
        }
        files.append(GraderSupport.file("autograder/results/.keep", []))
        files.append(GraderSupport.file("autograder/submission_metadata.json", Array(metadata(title: name).utf8)))
        var limits = LimitsRequest()
        limits.cpuTime = time
        limits.wallTime = time
        limits.memory = memory
        var script = GradingScript(
            files: files, command: ["sh", "-c", "cd /autograder && exec ./run_autograder"],
            environment: GraderSupport.environment, limits: limits, student: .files,
            submissionDirectory: GraderSupport.file("autograder/submission", []).path, result: .gradescope)
        if let setup = tree.text("setup.sh"), doesSomething(setup) {
            let shell = setup.hasPrefix("#!") ? "./setup.sh" : "bash ./setup.sh"
            script.setUp = SetUp(
                files: sources.map { file in
                    let isRun = ["setup.sh", "run_autograder"].contains(file.path.string)
                    return SourceFile(
                        path: file.path, contents: file.contents, isExecutable: file.isExecutable || isRun)
                }, command: ["/bin/sh", "-c", "exec " + shell])
        }
        var package = TaskPackage(
            format: .gradescope, title: name, task: GradingTask(judging: .script(script), title: name))
        // A hidden test is not shown at all.
        package.task.hiddenFeedback = .score
        package.solutions = InginiousReplay.solutions(in: tree.below("submissions"), name: name + "/submissions")
        return package
    }

    /// Comments, and what only sets the shell up, do nothing.
    private static func doesSomething(_ script: String) -> Bool {
        script.split(separator: "\n").map { String($0.trimming) }.contains { line in
            !line.isEmpty && !line.hasPrefix("#") && !line.hasPrefix("set ") && line != "exit 0" && line != "true"
        }
    }

    private static func metadata(title: String) -> String {
        let title = title.filter { $0 != "\"" && $0 != "\\" && $0 != "\n" }
        return """
            {"id": 1, "created_at": "1970-01-01T00:00:00.000000Z", "submission_method": "upload", \
            "assignment": {"id": 1, "course_id": 1, "title": "\(title)", "total_points": "100.0", \
            "due_date": null, "late_due_date": null, "release_date": null, "group_size": null, \
            "group_submission": false}, "users": [{"id": 1, "email": "student@example.org", "name": "student"}], \
            "previous_submissions": []}
            """
    }
}

extension Substring {
    fileprivate var trimming: Substring {
        var text = self
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
