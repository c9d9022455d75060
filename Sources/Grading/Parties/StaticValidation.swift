import Core
import Sandboxing

/// A teacher's program that looks at the submitted files, which are never run: `validator LANGUAGE ENTRY_FILE
/// FEEDBACK_DIRECTORY/ arguments…`, in the directory where the files are.
struct StaticValidation: Sendable {
    let program: Program
    let validator: CheckerProgram
    let submission: [SourceFile]
    let language: String
    let entryFile: RelativePath

    /// Where the files are, and where the validator: it is found in no directory that a student can write a file to, so
    /// that none of theirs takes the place of one of its own.
    private static let submissionPath = "submission"
    private static let validatorPath = "judge/validator"

    func answer(on backend: any SandboxBackend, cpus: [Int]) async throws -> CheckerAnswer {
        let run = CheckerRun(program: program, checker: validator, input: [], answer: [])
        let configuration = SandboxConfiguration(limits: program.limits, cpuSet: cpus, image: program.image)
        let command = Command(
            arguments: try arguments(), environment: program.environment, limits: program.limits)
        return try await withSandbox(of: backend, configuration) { sandbox in
            let outcome = try await sandbox.run(command, with: FileBundle(try files()), isLast: false)
            if outcome.ending == .cancelled { throw CancellationError() }
            return try await run.answer(outcome, in: sandbox)
        }
    }

    private func files() throws(CheckerFailure) -> [SourceFile] {
        var files: [SourceFile] = []
        let parts = [
            (Self.submissionPath, submission), (Self.validatorPath, program.files.files),
            (CheckerRun.feedbackPath, [try Self.file(".keep")]), (Self.submissionPath, [try Self.file(".keep")]),
        ]
        for (directory, own) in parts {
            for file in own {
                guard let path = try? RelativePath(directory + "/" + file.path.string) else {
                    throw CheckerFailure("the name \(file.path) is too long for a static validator")
                }
                if files.contains(where: { $0.path == path }) { continue }
                files.append(SourceFile(path: path, contents: file.contents, isExecutable: file.isExecutable))
            }
        }
        return files
    }

    private static func file(_ name: String) throws(CheckerFailure) -> SourceFile {
        do { return SourceFile(path: try RelativePath(name), contents: []) } catch { throw CheckerFailure("\(error)") }
    }

    /// The program's command with its own files named from the root, because it runs elsewhere.
    private func arguments() throws(CheckerFailure) -> [String] {
        let own = Set(program.files.files.map(\.path.string))
        var isMoved = false
        let command = program.command().map { argument in
            let path = argument.hasPrefix("./") ? String(argument.dropFirst(2)) : argument
            guard own.contains(path) else { return argument }
            isMoved = true
            return "/work/\(Self.validatorPath)/\(path)"
        }
        guard isMoved else {
            throw CheckerFailure("a static validator in \(program.language.title) cannot run in another directory")
        }
        return ["/bin/sh", "-c", "cd /work/\(Self.submissionPath) && exec \"$@\"", "sh"] + command
            + [language, entryFile.string, "/work/\(CheckerRun.feedbackPath)/"] + validator.arguments
    }
}
