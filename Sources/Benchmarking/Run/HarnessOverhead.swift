import Core
import Sandboxing

/// What a measurement itself takes: the empty experiment.
enum HarnessOverhead {
    static let runs = 200

    static func measure(_ program: ExperimentProgram) async throws -> BenchmarkReport.Figures {
        let backend = EmptyBackend()
        let subject = BenchmarkSubject(
            configuration: .init(backend: "harness", image: "", storage: ""), backend: backend,
            report: await backend.probe())
        var samples: [Double] = []
        for _ in 0..<runs {
            let start = ContinuousClock.now
            _ = try await SandboxRun.measure(.hello, in: subject, program)
            samples.append((ContinuousClock.now - start).milliseconds)
        }
        return BenchmarkReport.Figures(samples)
    }
}
