import Core
import Foundation
import TaskFormats

extension Judge0Request {
    static let frontEnd = "judge0"

    /// The submission that this is: one program, and as many equal tests as it shall run. The first that does not end
    /// well ends it.
    func draft(_ entry: Judge0LanguageEntry, bounds: Judge0Bounds) throws(Judge0Errors) -> SubmissionDraft {
        let language = entry.language
        var files = try additionalFiles(bounds)
        let entryFile: RelativePath
        do { entryFile = try RelativePath(language.fileName) } catch {
            preconditionFailure("a language's file name \(error)")
        }
        if !language.isMultiFile {
            files.removeAll { $0.path == entryFile }
            files.append(SourceFile(path: entryFile, contents: source))
        } else if !files.contains(where: { $0.path == entryFile }) {
            throw Judge0Errors("additional_files", "must contain a script named run")
        }
        let test = TestCase(
            name: "run", stdin: stdin ?? [], arguments: settings.arguments.map(ShellWords.split) ?? [],
            expectedOutput: expectedOutput)
        return SubmissionDraft(
            language: language.name, files: files, entryFile: entryFile,
            task: .inline(
                GradingTask(
                    judging: .testCases(
                        Array(repeating: test, count: settings.runs), .trimmed, stopOnFirstFailure: true))),
            limits: limits, metadata: [Submission.frontEndNote: Self.frontEnd],
            options: ProgramOptions(
                compiler: settings.compilerOptions.map(ShellWords.split) ?? language.compilerOptions,
                interpreter: language.interpreterOptions, compilesEntryOnly: true,
                joinsErrorOutput: settings.joinsErrorOutput),
            notes: FrontEndNotes(frontEnd: Self.frontEnd, content: Array(JSON.encode(settings))))
    }

    private func additionalFiles(_ bounds: Judge0Bounds) throws(Judge0Errors) -> [SourceFile] {
        guard let data = settings.additionalFiles else { return [] }
        do {
            return try FileTree(
                archive: Array(data), limits: ArchiveLimits(bytes: bounds.extractSize << 10, files: bounds.extractFiles)
            ).sorted
        } catch { throw Judge0Errors("additional_files", "\(error)") }
    }

    /// A program is ended when its extra time is over too; that it took longer than its time is said afterwards. Values
    /// below what a sandbox can do with are the least that it can.
    private var limits: LimitsRequest {
        let floor = Limits.floor
        var limits = LimitsRequest()
        limits.cpuTime = max(.seconds(settings.cpuTime + settings.cpuExtraTime), floor.cpuTime)
        limits.wallTime = .seconds(settings.wallTime)
        limits.memory = max(settings.memory << 10, floor.memory)
        if settings.limitsMemoryPerProcess { limits.addressSpace = limits.memory }
        limits.stack = max(settings.stack << 10, floor.stack)
        limits.processes = settings.processes
        limits.fileSize = settings.fileSize << 10
        limits.output = settings.fileSize << 10
        return limits
    }
}

extension Judge0Errors {
    init(_ field: String, _ message: String) { add(field, message) }
}

extension Submission {
    /// The settings of a submission that came through Judge0's interface; `nil` for others.
    var judge0Settings: Judge0Settings? {
        guard let notes = draft.notes, notes.frontEnd == Judge0Request.frontEnd else { return nil }
        return try? JSON.decode(Judge0Settings.self, from: notes.content)
    }
}
