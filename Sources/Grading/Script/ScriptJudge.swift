import Core
import Sandboxing

/// Judges one submission by a teacher's program in a sandbox of its own.
struct ScriptJudge: Sendable {
    let script: GradingScript
    let student: Program?
    let submission: [SourceFile]
    /// Of the student's runs.
    let limits: Limits
    let network: NetworkMode
    let backend: any SandboxBackend
    let cpus: [Int]
    /// Of the grader, and of a student's side that has no program.
    var image: SandboxImage
    /// Where set-up scripts run.
    let layers: LayerStore?
    let submitter: Submitter
    /// What a set-up script left for the grader, in its work directory.
    var home: [SourceFile] = []

    /// A grader's limits when its task says nothing.
    static let graderLimits = Limits(cpuTime: .seconds(30), wallTime: .seconds(120), memory: 512 << 20)
    /// Bytes of a result's files.
    static let resultSize = 32 << 20

    /// What the operator allows.
    let ceiling: Limits

    var graderLimits: Limits { script.limits.applied(to: Self.graderLimits).lowered(to: ceiling) }

    /// The grader's end, its files, and what the student's side took.
    struct Result: Sendable {
        let outcome: Outcome
        let files: [SourceFile]
        let log: RunLog
    }

    func run() async throws -> Result {
        let configuration = SandboxConfiguration(
            limits: graderLimits, network: network, cpuSet: cpus, image: image)
        return try await withSandbox(of: backend, configuration) { sandbox in
            let own = Set(script.files.map(\.path))
            let start = FileBundle(
                home.filter { !own.contains($0.path) } + script.files(for: submitter) + submittedFiles)
            let log = RunLog()
            let outcome = try await runGrader(with: start, in: sandbox, log)
            if outcome.ending == .cancelled { throw CancellationError() }
            if let failure = log.failure { throw failure }
            let files = try await sandbox.collectUnlessTooLarge(
                bytes: graderLimits.workSize, files: graderLimits.workFiles)
            return Result(outcome: outcome, files: files?.files ?? [], log: log)
        }
    }

    /// The same over the layer that the task's set-up script made.
    func over(_ lease: LayerStore.Lease) -> ScriptJudge {
        var judge = self
        judge.image = lease.image
        judge.home = lease.home.compactMap { file in
            guard let path = try? RelativePath("autograder/" + file.path.string) else { return nil }
            return SourceFile(path: path, contents: file.contents, isExecutable: file.isExecutable)
        }
        return judge
    }

    private var submittedFiles: [SourceFile] {
        guard let directory = script.submissionDirectory else { return [] }
        return submission.compactMap { file in
            // A name that is too long below the directory is left out; the grader misses it.
            guard let path = try? RelativePath(directory.string + "/" + file.path.string) else { return nil }
            return SourceFile(path: path, contents: file.contents, isExecutable: file.isExecutable)
        }
    }

    private func runGrader(with files: FileBundle, in sandbox: any Sandbox, _ log: RunLog) async throws -> Outcome {
        let (socket, theirs) = try ControlSocket.pair()
        let messages = socket.messages()
        let runs = StudentRuns(
            script: script, program: student, limits: limits, network: network, backend: backend, cpus: cpus,
            image: student?.image ?? image, log: log)
        let environment = Command.defaultEnvironment
            .merging(["ASSAY_CONTROL": "\(Connections.control)", "PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
            .merging(script.environment) { $1 }
        let command = Command(
            arguments: script.command, environment: environment, connections: Connections(control: theirs),
            limits: graderLimits)
        return try await withThrowingTaskGroup(of: Outcome?.self) { group in
            group.addTask {
                defer { socket.close() }
                return try await sandbox.run(command, with: files, isLast: false)
            }
            group.addTask {
                await runs.serve(messages)
                return nil
            }
            var outcome: Outcome?
            while let ended = try await group.next() { outcome = ended ?? outcome }
            guard let outcome else { throw CancellationError() }
            return outcome
        }
    }
}
