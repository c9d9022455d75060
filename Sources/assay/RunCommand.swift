import API
import ArgumentParser
import Core
import Foundation
import Grading

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run one program in a sandbox on this machine, without a server.",
        discussion: """
            The first file is the one that the program starts from. The program's output goes to standard output and
            standard error, the verdict to standard error. The exit code is 0 when the verdict is accepted, 1 when it is
            another, 2 when the service itself failed. Without root some limits may not be enforced: see assay doctor.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Argument(help: "Source files.")
    var files: [String]

    @Option(name: .shortAndLong, help: "Language; guessed from the first file's name where not given.")
    var language: String?

    @Option(name: .long, help: "File to give as standard input; - for this command's own.")
    var stdin: String?

    @Option(name: .long, help: "File with the output that is expected.")
    var expect: String?

    @Option(name: .customLong("arg"), help: "Argument of the program; may be repeated.")
    var arguments: [String] = []

    @Option(name: .long, help: "CPU time, such as 2s.")
    var cpu: String?

    @Option(name: .long, help: "Wall time, such as 10s.")
    var wall: String?

    @Option(name: .long, help: "Memory, such as 256MiB.")
    var memory: String?

    @Flag(name: .long, help: "Print the report as JSON.")
    var json = false

    func run() async throws {
        var configuration = try options.load()
        if options.logLevel == nil { configuration.logLevel = .error }
        let logger = LogOutput.logger(configuration.logLevel)
        let language = try chosenLanguage(of: configuration)
        let draft = try draft(in: language)
        let node = try await Node.start(configuration, languages: [language], pool: 0, logger: logger)
        let result: Result<Report, any Error>
        do {
            try node.context.check(draft)
            result = .success(try await Grader(context: node.context, logger: logger).grade(draft, cpus: []))
        } catch { result = .failure(error) }
        await node.shutdown()
        switch result {
        case .success(let report):
            if json { FileHandle.standardOutput.write(Data(V1.json(report))) } else { show(report) }
            if report.verdict != .accepted { throw ExitCode(report.verdict == .internalError ? 2 : 1) }
        case .failure(let error):
            TerminalOutput.error("assay: \(error)")
            throw ExitCode(2)
        }
    }

    private func chosenLanguage(of configuration: Configuration) throws -> Language {
        let catalog = LanguageCatalog(
            try Node.languages(of: configuration).map { .init(language: $0, availability: .available(version: "")) })
        if let language {
            guard let entry = catalog.entry(named: language) else {
                throw ValidationError("There is no language named '\(language)'; assay languages lists them.")
            }
            return entry.language
        }
        let ending = (files[0] as NSString).pathExtension
        guard let entry = catalog.entry(forExtension: ending) else {
            throw ValidationError("No language has files that end in '.\(ending)'; name one with --language.")
        }
        return entry.language
    }

    private func draft(in language: Language) throws -> SubmissionDraft {
        var sources: [SourceFile] = []
        for file in files {
            let name = (file as NSString).lastPathComponent
            sources.append(SourceFile(path: try RelativePath(name), contents: try Self.read(file)))
        }
        let test = TestCase(
            name: "run", stdin: try stdin.map(Self.read) ?? [], arguments: arguments,
            expectedOutput: try expect.map(Self.read))
        var limits = LimitsRequest()
        limits.cpuTime = try cpu.map { try Self.parsed($0, "--cpu", "a time such as 2s", Quantity.duration) }
        limits.wallTime = try wall.map { try Self.parsed($0, "--wall", "a time such as 10s", Quantity.duration) }
        limits.memory = try memory.map { try Self.parsed($0, "--memory", "a size such as 256MiB", Quantity.bytes) }
        return SubmissionDraft(
            language: language.name, files: sources, entryFile: sources[0].path,
            task: .inline(GradingTask(judging: .testCases([test], .trimmed, stopOnFirstFailure: false))),
            limits: limits)
    }

    private static func parsed<Value>(
        _ text: String, _ option: String, _ expected: String, _ parse: (String) -> Value?
    ) throws -> Value {
        guard let value = parse(text) else { throw ValidationError("\(option) takes \(expected), not '\(text)'.") }
        return value
    }

    private static func read(_ path: String) throws -> [UInt8] {
        if path == "-" { return Array(FileHandle.standardInput.readDataToEndOfFile()) }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ValidationError("\(path) cannot be read.")
        }
        return Array(data)
    }

    private func show(_ report: Report) {
        if let compilation = report.compilation {
            FileHandle.standardError.write(
                Data(compilation.outcome.stdout.bytes + compilation.outcome.stderr.bytes))
        }
        for test in report.tests {
            guard let outcome = test.outcome else { continue }
            FileHandle.standardOutput.write(Data(outcome.stdout.bytes))
            FileHandle.standardError.write(Data(outcome.stderr.bytes))
            for (name, output) in [("standard output", outcome.stdout), ("standard error", outcome.stderr)]
            where output.isTruncated {
                TerminalOutput.error("(\(name) was cut here)")
            }
        }
        let test = report.tests.first
        let notes = [test?.timeLimit.map { "\($0.rawValue) time" }, test?.message, report.message].compactMap { $0 }
        TerminalOutput.error(
            TerminalOutput.verdict(report.verdict) + (notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))"))
        if let unenforced = report.unenforced {
            TerminalOutput.error("limits not enforced: " + unenforced.map(\.rawValue).joined(separator: ", "))
        }
        TerminalOutput.error(
            String(
                format: "CPU %.3f s, wall %.3f s, memory %.1f MiB", report.cpuTime.inSeconds, report.wallTime.inSeconds,
                Double(report.peakMemory) / 1_048_576))
    }
}
