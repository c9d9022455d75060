import Core
import Foundation
import Sandboxing
import Synchronization

/// Answers a grader's requests: takes a sandbox for each run of the student's side, within the job's budget.
struct StudentRuns: Sendable {
    let script: GradingScript
    /// The student's program; without one, only commands are run.
    let program: Program?
    /// Of each run.
    let limits: Limits
    let network: NetworkMode
    let backend: any SandboxBackend
    let cpus: [Int]
    let image: SandboxImage
    let log: RunLog

    /// Runs under way at the same time for one grader.
    static let concurrency = 4
    /// Bytes of files that go in or come out.
    static let filesSize = 64 << 20

    /// Answers until the grader's end is closed or the task is cancelled. Then no run of the student's is left.
    func serve(_ messages: AsyncStream<ControlSocket.Message>) async {
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            for await message in messages {
                if running >= Self.concurrency {
                    await group.next()
                    running -= 1
                }
                running += 1
                group.addTask { await answer(message) }
            }
            // The grader is gone: nobody is interested in what still runs.
            group.cancelAll()
        }
    }

    private func answer(_ message: ControlSocket.Message) async {
        // Each request brings the socket for its answer: processes of one grader share the control socket, and must not
        // take each other's answers. Without one nobody can be told.
        guard let first = message.descriptors.first, first.isUnixSocket else { return }
        let socket = MessageChannel(first)
        guard let request = try? JSONDecoder().decode(ControlRequest.self, from: Data(message.bytes)) else {
            return socket.send(ControlAnswer(id: 0, error: "the request cannot be read"), [])
        }
        let descriptors = Array(message.descriptors.dropFirst())
        guard request.descriptorCount == descriptors.count else {
            return socket.send(ControlAnswer(id: request.id, error: "the descriptors are not those announced"), [])
        }
        guard log.count() <= script.runs else {
            return socket.send(
                ControlAnswer(id: request.id, error: "the grader may run the student's program \(script.runs) times"),
                [])
        }
        do {
            let (answer, descriptors) = try await run(request, descriptors)
            socket.send(answer, descriptors)
        } catch {
            log.add(error)
            socket.send(ControlAnswer(id: request.id, error: "\(error)"), [])
        }
    }

    private func run(
        _ request: ControlRequest, _ descriptors: [Descriptor]
    ) async throws -> (ControlAnswer, [Descriptor]) {
        var connections = Connections()
        for (stream, descriptor) in zip(request.connect ?? [], descriptors) {
            try connections.connect(stream, descriptor)
        }
        let limits = request.limits(within: limits)
        let arguments = try arguments(of: request)
        let configuration = SandboxConfiguration(
            limits: limits, network: request.network == true ? network : .none, cpuSet: cpus, image: image,
            warm: request.isPlain ? program?.warm : nil)
        let connected = connections
        return try await withSandbox(of: backend, configuration) { sandbox in
            var files = program?.files
            if request.files == true, let file = descriptors.last {
                if let files { try await sandbox.write(files) }
                files = try FileBundle(memoryFile: file, limit: Self.filesSize)
            }
            let environment = (program?.environment ?? Command.defaultEnvironment)
                .merging(request.environment ?? [:]) { $1 }
            let command = Command(
                arguments: arguments, environment: environment, connections: connected, limits: limits)
            var outcome = try await sandbox.run(command, with: files, isLast: request.collect != true)
            if let program { outcome = program.language.interpreted(outcome) }
            log.add(outcome)
            var answer = ControlAnswer(id: request.id, outcome)
            var results: [Descriptor] = []
            func give(_ name: String, _ file: Descriptor) {
                answer.descriptors.append(name)
                results.append(file)
            }
            if connected.stdout == nil {
                give("stdout", try .memoryFile(named: "stdout", holding: outcome.stdout.bytes))
            }
            if connected.stderr == nil {
                give("stderr", try .memoryFile(named: "stderr", holding: outcome.stderr.bytes))
            }
            if request.collect == true {
                let files = try await sandbox.collect(bytes: Self.filesSize, files: limits.workFiles)
                give("files", try files.memoryFile())
            }
            return (answer, results)
        }
    }

    private func arguments(of request: ControlRequest) throws(SandboxError) -> [String] {
        if let command = request.command, !command.isEmpty { return command + (request.arguments ?? []) }
        guard let program else { throw .invalidRequest("there is no program of the student's; name a command") }
        return program.command(request.arguments ?? [])
    }
}

extension MessageChannel {
    /// Answers; a grader that does not read its answers loses them.
    fileprivate func send(_ answer: ControlAnswer, _ descriptors: [Descriptor]) {
        guard let data = try? JSONEncoder().encode(answer) else { return }
        send(Array(data), descriptors)
    }
}

extension Connections {
    /// Takes a grader's descriptor over, if it is one that a student's program may have: bytes, one way.
    fileprivate mutating func connect(
        _ stream: ControlRequest.Stream, _ descriptor: Descriptor
    ) throws(SandboxError) {
        switch stream {
        case .stdin:
            guard descriptor.isPipe(writable: false) || descriptor.isMemoryFile else {
                throw .invalidRequest("stdin must be a pipe to read from, or a memory file")
            }
            stdin = descriptor
        case .stdout, .stderr:
            guard descriptor.isPipe(writable: true) else {
                throw .invalidRequest("\(stream) must be a pipe to write to")
            }
            if stream == .stdout { stdout = descriptor } else { stderr = descriptor }
        }
    }
}

/// What the student's side did while a grader ran.
final class RunLog: Sendable {
    private struct State: Sendable {
        var asked = 0
        var totals = RunTotals()
        var failure: SandboxError?
    }

    private let state = Mutex(State())

    /// Counts one more request; how many there were.
    func count() -> Int {
        state.withLock { state in
            state.asked += 1
            return state.asked
        }
    }

    func add(_ outcome: Outcome) {
        state.withLock { state in
            state.totals.count += 1
            state.totals.cpuTime += outcome.cpuTime
            state.totals.peakMemory = max(state.totals.peakMemory, outcome.peakMemory)
        }
    }

    /// Keeps what says that the service failed, not the request.
    func add(_ error: any Error) {
        guard let error = error as? SandboxError else { return }
        switch error {
        case .invalidRequest, .tooLarge: return
        case .unavailable, .cannotEnforce, .setupFailed, .lost: state.withLock { $0.failure = error }
        }
    }

    /// What all runs took.
    var totals: RunTotals { state.withLock { $0.totals } }

    /// A failure of the service's: the grader's judgement is worth nothing then.
    var failure: SandboxError? { state.withLock { $0.failure } }
}
