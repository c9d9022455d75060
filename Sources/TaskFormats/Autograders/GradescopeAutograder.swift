import Core

/// A Gradescope autograder: `run_autograder`, and `setup.sh` which prepares the image that it runs in.
///
/// The format lets the student's code run beside the grader, in one place: what a hostile submission may do there is the
/// autograder's own care. What it cannot do here is to reach anything but that.
enum GradescopeAutograder {
    /// Seconds of a run, as the format has them.
    static let time = Duration.seconds(600)
    static let memory = 768 << 20

    static func package(_ tree: FileTree, name: String) throws(TaskFormatError) -> TaskPackage {
        if let setup = tree.text("setup.sh"), let command = firstCommand(of: setup) {
            throw TaskFormatError(
                file: name + "/setup.sh",
                reason: "installs something (\(command)); images with packages of their own are not supported yet: "
                    + "have them installed on the host and leave setup.sh empty")
        }
        var files: [SourceFile] = GraderSupport.files
        for file in tree.sorted where !file.path.string.hasPrefix("submissions/") {
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
        let script = GradingScript(
            files: files, command: ["sh", "-c", "cd /autograder && exec ./run_autograder"],
            environment: GraderSupport.environment, limits: limits, student: .files,
            submissionDirectory: GraderSupport.file("autograder/submission", []).path, result: .gradescope)
        var package = TaskPackage(
            format: .gradescope, title: name, task: GradingTask(judging: .script(script), title: name))
        package.solutions = InginiousReplay.solutions(in: tree.below("submissions"), name: name + "/submissions")
        return package
    }

    /// The first line that does something; comments, and what only sets the shell up, do not.
    private static func firstCommand(of script: String) -> String? {
        script.split(separator: "\n").map { String($0.trimming) }.first { line in
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
