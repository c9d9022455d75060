import Core
import Sandboxing

/// What a checker said of one run.
struct CheckerAnswer: Sendable, Hashable {
    var isAccepted: Bool
    /// Points by its own measure; takes the place of the test's.
    var score: Double?
    /// Part of the test's points.
    var multiplier: Double?
    /// For teachers.
    var judgeMessage: String?
    /// For the student.
    var teamMessage: String?
    /// Input of another run that it asks for.
    var nextPass: [UInt8]?
    /// Its feedback directory, which its next pass finds again.
    var feedback: [SourceFile] = []

    /// Bytes of a message that are kept.
    static let messageLength = 4096

    /// This, and what another said who looked at the same: its word where it says something.
    func joined(by next: CheckerAnswer) -> CheckerAnswer {
        var joined = next
        joined.score = next.score ?? score
        joined.multiplier = next.multiplier ?? multiplier
        joined.judgeMessage = [judgeMessage, next.judgeMessage].compactMap { $0 }.joined(separator: "\n").orNil
        joined.teamMessage = [teamMessage, next.teamMessage].compactMap { $0 }.joined(separator: "\n").orNil
        return joined
    }

    /// The same without a score that has no effect; throws if it is one that may not be said.
    func held(to rule: ScoreRule?, points: Double) throws(CheckerFailure) -> CheckerAnswer {
        guard let rule else { return self }
        var answer = self
        let isSaid = score != nil || multiplier != nil
        switch rule {
        case .ignored: (answer.score, answer.multiplier) = (nil, nil)
        case .forbidden where isSaid:
            throw CheckerFailure("the checker gave a score in a group that passes or fails")
        case .bounded where isSaid && !isAccepted, .required where isSaid && !isAccepted:
            throw CheckerFailure("the checker rejected and gave a score at the same time")
        case .bounded:
            if let score, score < 0 || score > points + 1e-9 {
                throw CheckerFailure("score.txt holds \(score), which is not from 0 to \(points)")
            }
        case .required where multiplier != nil:
            throw CheckerFailure("score_multiplier.txt has no meaning where a test's score has no bound")
        case .required where isAccepted:
            guard let score, score >= 0 else {
                throw CheckerFailure("score.txt is missing or negative where a test's score has no bound")
            }
        case .forbidden, .required: break
        }
        return answer
    }
}

extension String {
    fileprivate var orNil: String? { isEmpty ? nil : self }
}

/// One test as a checker program is told of it.
struct CheckerRun: Sendable {
    let program: Program
    let checker: CheckerProgram
    let input: [UInt8]
    let answer: [UInt8]
    /// From the pass before.
    var feedback: [SourceFile] = []

    static let inputPath = "judge/input"
    static let answerPath = "judge/answer"
    static let feedbackPath = "judge/feedback"
    /// Bytes that a feedback directory may hold, and files.
    static let feedbackSize = 16 << 20
    static let feedbackFiles = 64

    /// Judges what a program printed.
    func check(_ output: [UInt8], on backend: any SandboxBackend, cpus: [Int]) async throws -> CheckerAnswer {
        let configuration = SandboxConfiguration(
            limits: program.limits, cpuSet: cpus, image: program.image, warm: program.warm)
        return try await withSandbox(of: backend, configuration) { sandbox in
            try await sandbox.write(program.files)
            let outcome = try await sandbox.run(command(stdin: output), with: FileBundle(data), isLast: false)
            if outcome.ending == .cancelled { throw CancellationError() }
            return try await answer(outcome, in: sandbox)
        }
    }

    func prepare(_ sandbox: any Sandbox) async throws {
        try await sandbox.write(program.files)
        try await sandbox.write(FileBundle(data))
    }

    func command(stdin: [UInt8] = [], connections: Connections = Connections()) -> Command {
        Command(
            arguments: program.command([Self.inputPath, Self.answerPath, Self.feedbackPath + "/"] + checker.arguments),
            environment: program.environment, stdin: stdin, connections: connections, limits: program.limits)
    }

    private var data: [SourceFile] {
        func file(_ path: String, _ contents: [UInt8]) -> SourceFile {
            // The paths are ours and sound.
            SourceFile(path: try! RelativePath(path), contents: contents)
        }
        // A file is needed for the directory to exist.
        return [
            file(Self.inputPath, input), file(Self.answerPath, answer), file(Self.feedbackPath + "/.keep", []),
        ] + feedback
    }

    /// What the checker's end and the files that it left mean.
    func answer(_ outcome: Outcome, in sandbox: any Sandbox) async throws -> CheckerAnswer {
        let prefix = Self.feedbackPath + "/"
        let limit = program.limits
        guard let all = try await sandbox.collectUnlessTooLarge(bytes: limit.workSize, files: limit.workFiles) else {
            throw CheckerFailure("the checker left too many files")
        }
        let files = all.files.filter { $0.path.string.hasPrefix(prefix) && $0.path.name != ".keep" }
        guard files.count <= Self.feedbackFiles,
            files.reduce(0, { $0 + $1.contents.count }) <= Self.feedbackSize
        else { throw CheckerFailure("the checker left too much in its feedback directory") }
        func text(_ name: String) -> String? {
            guard let file = files.first(where: { $0.path.string == prefix + name }) else { return nil }
            let text = String(decoding: file.contents.prefix(CheckerAnswer.messageLength), as: UTF8.self)
            return text.isEmpty ? nil : text
        }
        let judgeMessage = text("judgemessage.txt")
        guard case .exited(let code) = outcome.ending,
            code == CheckerProgram.accepts || code == CheckerProgram.rejects
        else {
            let errors = String(decoding: outcome.stderr.bytes.prefix(1000), as: UTF8.self)
            throw CheckerFailure(
                "the checker neither accepted (42) nor rejected (43): \(outcome.ending.words)"
                    + [judgeMessage, errors].compactMap { $0 }.filter { !$0.isEmpty }.map { "; " + $0 }.joined())
        }
        var answer = CheckerAnswer(isAccepted: code == CheckerProgram.accepts)
        answer.judgeMessage = judgeMessage
        answer.teamMessage = text("teammessage.txt")
        answer.score = try number(text("score.txt"), "score.txt")
        answer.multiplier = try number(text("score_multiplier.txt"), "score_multiplier.txt")
        if answer.score != nil, answer.multiplier != nil {
            throw CheckerFailure("the checker left both score.txt and score_multiplier.txt")
        }
        if let multiplier = answer.multiplier, !(0...1).contains(multiplier) {
            throw CheckerFailure("score_multiplier.txt must hold a number from 0 to 1, not \(multiplier)")
        }
        if let next = files.first(where: { $0.path.string == prefix + "nextpass.in" }) {
            guard answer.isAccepted else {
                throw CheckerFailure("the checker rejected and asked for another pass at the same time")
            }
            answer.nextPass = next.contents
        }
        answer.feedback = files.filter { $0.path.string != prefix + "nextpass.in" }
        return answer
    }

    private func number(_ text: String?, _ name: String) throws(CheckerFailure) -> Double? {
        guard let text else { return nil }
        guard let number = Double(text.trimmingPrefix(while: \.isWhitespace).prefix { !$0.isWhitespace }),
            number.isFinite
        else { throw CheckerFailure("\(name) holds no number") }
        return number
    }
}

extension Ending {
    /// As people say it.
    package var words: String {
        switch self {
        case .exited(let code): "exited with code \(code)"
        case .signalled(let signal): "ended by \(signalName(signal))"
        case .overCPUTime: "exceeded its CPU time"
        case .overWallTime: "exceeded its wall time"
        case .overMemory: "exceeded its memory"
        case .overOutput: "printed too much"
        case .cancelled: "was cancelled"
        }
    }
}
