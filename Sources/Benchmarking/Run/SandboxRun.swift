import Core
import Foundation
import Sandboxing

/// One run of one experiment: what each stage took, in milliseconds, or why it failed.
enum SandboxRun {
    static func measure(
        _ experiment: Experiment, in subject: BenchmarkSubject, _ program: ExperimentProgram
    ) async throws -> [String: Double] {
        try await subject.prepare()
        let sandbox = try await subject.backend.makeSandbox(subject.sandboxConfiguration(experiment.network))
        let outcome: Outcome
        do {
            try await sandbox.write(program.bundle(for: experiment))
            outcome = try await sandbox.run(program.command(for: experiment))
        } catch {
            await sandbox.destroy()
            throw error
        }
        let clean = await remove(sandbox, of: subject)
        guard outcome.ending == .exited(0) else { throw UnexpectedEnding(outcome) }
        var stages: [String: Double] = [:]
        for stage in Stage.allCases {
            stages[stage.rawValue] = rounded(outcome.stages[keyPath: stage.timing].milliseconds)
        }
        stages[Stage.clean.rawValue] = rounded(clean.milliseconds)
        if experiment.hasResponse { stages[Stage.response] = response(in: outcome) }
        return stages
    }

    /// Destroys a sandbox, and returns when nothing of it is left.
    static func remove(_ sandbox: any Sandbox, of subject: BenchmarkSubject) async -> Duration {
        let removal = await SandboxRemoval(of: sandbox, in: subject.backend, image: subject.image)
        let start = ContinuousClock.now
        await sandbox.destroy()
        await removal?.wait()
        return ContinuousClock.now - start
    }

    /// The program's line `response_ms 1.5`.
    private static func response(in outcome: Outcome) -> Double? {
        let text = String(decoding: outcome.stdout.bytes, as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("response_ms ") }
        return line.flatMap { Double($0.dropFirst("response_ms ".count)) }
    }

    struct UnexpectedEnding: Error, CustomStringConvertible {
        let description: String

        init(_ outcome: Outcome) {
            let words = String(decoding: outcome.stderr.bytes.suffix(200), as: UTF8.self)
            description = "\(outcome.ending) \(words.trimmingCharacters(in: .whitespacesAndNewlines))"
        }
    }
}
