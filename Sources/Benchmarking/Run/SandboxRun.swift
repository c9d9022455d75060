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
        // Looks at what there is of it, which takes time that is not the sandbox's.
        let removal = await SandboxRemoval(of: sandbox, in: subject.backend, image: subject.image)
        var outcome: Outcome
        do {
            try await sandbox.write(program.bundle(for: experiment))
            let start = ContinuousClock.now
            outcome = try await sandbox.run(program.command(for: experiment), with: nil, isLast: true)
            // What is not the program's between the request and its answer, by one clock for all.
            outcome.stages.launch = ContinuousClock.now - start - outcome.stages.execute - outcome.stages.stop
        } catch {
            await sandbox.destroy()
            throw error
        }
        let clean = await remove(sandbox, removal)
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
        await remove(sandbox, SandboxRemoval(of: sandbox, in: subject.backend, image: subject.image))
    }

    private static func remove(_ sandbox: any Sandbox, _ removal: SandboxRemoval?) async -> Duration {
        let start = ContinuousClock.now
        await sandbox.destroy()
        let end = ContinuousClock.now
        // One that ends with its last run may be gone before the answer to that was taken.
        return max(.zero, (await removal?.wait() ?? end) - start)
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
