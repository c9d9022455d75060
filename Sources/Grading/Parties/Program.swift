import Core
import Sandboxing

/// A program that can be run as often as wanted: the student's, a checker, or a grader. Compiled, if its language needs
/// that.
struct Program: Sendable {
    let language: Language
    let entryFile: RelativePath
    /// The files as they were submitted: commands of languages may name them.
    let sources: [RelativePath]
    /// What lies in the work directory.
    let files: FileBundle
    let limits: Limits
    let options: ProgramOptions
    var image = SandboxImage.host

    /// The command line, with `arguments` at its end.
    func command(_ arguments: [String] = []) -> [String] {
        language.expand(language.run, entry: entryFile, files: sources, limits: limits, options: options) + arguments
    }

    /// What a sandbox for its next run may hold ready. A submission that chose how its program is started starts as it
    /// chose.
    var warm: WarmStart? {
        guard let preparation = language.warm, options.interpreter == nil, options.main == nil,
            !options.joinsErrorOutput
        else { return nil }
        return WarmStart(arguments: command(), environment: environment, preparation: preparation)
    }

    var environment: [String: String] { Command.environment(of: language) }
}

/// What compiling came to. A program whose language needs no compiler has no `Compilation`.
enum CompileResult: Sendable {
    case program(Program, Compilation?)
    case failed(Compilation)
}

/// The source of a program, with everything decided.
struct ProgramSource: Sendable {
    let language: Language
    let files: [SourceFile]
    let entryFile: RelativePath
    /// Of each run.
    let runLimits: Limits
    /// `nil` when the language needs no compiler.
    let compileLimits: Limits?
    var options = ProgramOptions()
    var image = SandboxImage.host

    /// Compiles it in a sandbox of its own.
    func compile(on backend: any SandboxBackend, cpus: [Int]) async throws -> CompileResult {
        let paths = files.map(\.path)
        func program(_ files: FileBundle) -> Program {
            Program(
                language: language, entryFile: entryFile, sources: paths, files: files, limits: runLimits,
                options: options, image: image)
        }
        guard let command = language.compile, let limits = compileLimits else {
            return .program(program(FileBundle(files)), nil)
        }
        let arguments = language.expand(
            command, entry: entryFile, files: paths, limits: limits, options: options)
        let environment = Command.environment(of: language)
        let configuration = SandboxConfiguration(
            limits: limits, cpuSet: cpus, image: image, warm: warmCompiler(limits))
        return try await withSandbox(of: backend, configuration) { sandbox in
            let command = Command(arguments: arguments, environment: environment, limits: limits)
            let outcome = try await sandbox.run(command, with: FileBundle(files), isLast: false)
            if outcome.ending == .cancelled { throw CancellationError() }
            guard outcome.ending == .exited(0) else {
                return .failed(Compilation(succeeded: false, outcome: outcome))
            }
            let artefacts = try await sandbox.collectUnlessTooLarge(bytes: limits.workSize, files: limits.workFiles)
            guard let artefacts else { return .failed(Compilation(succeeded: false, outcome: outcome)) }
            return .program(program(artefacts), Compilation(succeeded: true, outcome: outcome))
        }
    }

    /// A submission that chose its options has its compiler started with them.
    private func warmCompiler(_ limits: Limits) -> WarmStart? {
        guard options.compiler == nil, options.linker == nil else { return nil }
        return WarmStart(compilerOf: language, entry: entryFile, limits: limits, options: options)
    }
}
