import API
import ArgumentParser
import Core
import Foundation
import Grading
import TaskFormats

struct GradeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grade", abstract: "Grade files by a task on this machine, without a server.",
        discussion: """
            The task is a directory or an archive of any format. The exit code is 0 when the verdict is accepted, 1 \
            when it is another, 2 when the task cannot be read or the service failed. Needs root.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Argument(help: "Directory or archive of a task.")
    var task: String

    @Argument(help: "Files of the submission; a directory stands for all that is in it.")
    var files: [String]

    @Option(name: .shortAndLong, help: "Language; guessed from the files' names where not given.")
    var language: String?

    @Flag(name: .long, help: "Print the report as JSON.")
    var json = false

    @Option(name: .long, help: "File to write a JUnit XML report to; - for standard output.")
    var junit: String?

    @Flag(name: .long, help: "Show only what a student may see.")
    var student = false

    func run() async throws {
        var configuration = try options.load()
        if options.logLevel == nil { configuration.logLevel = .error }
        let logger = LogOutput.logger(configuration.logLevel)
        let package = try LocalTask.load(task)
        let sources = try sources()
        var languages = try LocalTask.languages(of: [package], configuration)
        var name = Language.files.name
        if !package.task.takesFiles {
            let chosen = try chosenLanguage(sources, configuration)
            if !languages.contains(chosen) { languages.append(chosen) }
            name = chosen.name
        }
        let draft = SubmissionDraft(language: name, files: sources, task: .inline(package.task))
        let node = try await Node.start(configuration, languages: languages, pool: 2, logger: logger)
        let bar = ProgressBar(title: package.title)
        let result: Result<Report, any Error>
        do {
            try node.context.check(draft)
            let grader = Grader(context: node.context, logger: logger)
            result = .success(
                try await grader.grade(
                    draft, cpus: [], progress: { done, of in bar.show(done, of: of, "") }))
        } catch { result = .failure(error) }
        bar.clear()
        await node.shutdown()
        switch result {
        case .success(let full):
            let report = student ? full.forStudent() : full
            if let junit { try write(JUnitReport(report, task: package.title).xml, to: junit) }
            if json { FileHandle.standardOutput.write(Data(V1.json(report))) } else if junit != "-" { show(report) }
            if report.verdict != .accepted { throw ExitCode(report.verdict == .internalError ? 2 : 1) }
        case .failure(let error):
            TerminalOutput.error("assay: \(error)")
            throw ExitCode(2)
        }
    }

    private func sources() throws -> [SourceFile] {
        var sources: [SourceFile] = []
        for file in files {
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: file, isDirectory: &isDirectory) else {
                throw ValidationError("\(file) cannot be read.")
            }
            if isDirectory.boolValue {
                sources += try FileTree(directory: file).sorted
            } else {
                guard let contents = FileTree.contents(of: file) else {
                    throw ValidationError("\(file) cannot be read.")
                }
                let name = URL(fileURLWithPath: file).lastPathComponent
                sources.append(
                    SourceFile(
                        path: try RelativePath(name), contents: contents,
                        isExecutable: FileManager.default.isExecutableFile(atPath: file)))
            }
        }
        return sources
    }

    private func chosenLanguage(_ sources: [SourceFile], _ configuration: Configuration) throws -> Language {
        let catalog = LanguageCatalog(
            try Node.languages(of: configuration).map { .init(language: $0, availability: .available(version: "")) })
        if let language {
            guard let entry = catalog.entry(named: language) else {
                throw ValidationError("There is no language named '\(language)'; assay languages lists them.")
            }
            return entry.language
        }
        for source in sources {
            let ending = URL(fileURLWithPath: source.path.string).pathExtension
            if let entry = catalog.entry(forExtension: ending) { return entry.language }
        }
        throw ValidationError("No language has files like these; name one with --language.")
    }

    private func write(_ text: String, to path: String) throws {
        if path == "-" { return print(text, terminator: "") }
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private func show(_ report: Report) {
        if let compilation = report.compilation, !compilation.succeeded {
            FileHandle.standardError.write(Data(compilation.outcome.stdout.bytes + compilation.outcome.stderr.bytes))
        }
        let rows = report.tests.map { test in
            [
                "  " + TerminalOutput.mark(test.verdict == .accepted), test.name, test.verdict.rawValue,
                "\(test.points.short)/\(test.maximumPoints.short)",
                test.outcome.map { String(format: "%.3f s", $0.cpuTime.inSeconds) } ?? "",
                test.outcome.map { String(format: "%.1f MiB", Double($0.peakMemory) / 1_048_576) } ?? "",
                [test.message, test.feedback].compactMap { $0 }.joined(separator: "; ").split(separator: "\n").first
                    .map(String.init) ?? "",
            ]
        }
        if !rows.isEmpty { print(TerminalOutput.table(rows)) }
        for group in report.groups ?? [] where (report.groups?.count ?? 0) > 1 {
            print("  \(group.name): \(group.verdict.rawValue), \(group.points.short) of \(group.maximumPoints.short)")
        }
        if let feedback = report.feedback {
            for (id, problem) in feedback.problems.sorted(by: { $0.key < $1.key }) {
                print("  \(TerminalOutput.mark(problem.isAccepted)) \(id): \(problem.result) \(problem.text)")
            }
            for (tag, isSet) in feedback.tags.sorted(by: { $0.key < $1.key }) { print("  tag \(tag): \(isSet)") }
            if let text = feedback.text, !text.isEmpty { print(text) }
        }
        if let message = report.message { print(message) }
        print(
            "\(TerminalOutput.verdict(report.verdict, on: STDOUT_FILENO)), \(report.score.short) of \(report.maximumScore.short) points"
        )
    }
}
