import Core
import Foundation
import Sandboxing
import Testing

@testable import Benchmarking

/// The experiments themselves, in the native backend, each once.
@Suite(.enabled("the launcher needs root") { geteuid() == 0 })
struct ExperimentTests {
    @Test func everyExperimentRuns() async throws {
        let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let program = try ExperimentProgram(directory: tests.deletingLastPathComponent().path)
        let directory = "/var/tmp/assay-bench-data-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let experiments = Experiment.quick(data: directory)
        try ExperimentData(directory: directory, program: program).prepare(for: experiments)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory)
        let backend = NativeBackend(
            NativeConfiguration(
                poolSize: 1, maximumSandboxes: 4, userIDBase: 0x7700_0000, cgroup: "assay-bench-tests",
                extraBinds: [directory]))
        let subject = BenchmarkSubject(
            configuration: .init(backend: "native", image: "host", storage: "tmpfs"), backend: backend,
            report: await backend.probe())
        var failures: [String] = []
        for experiment in experiments {
            do {
                let stages = try await SandboxRun.measure(experiment, in: subject, program)
                if stages[Stage.execute.rawValue] ?? 0 <= 0 { failures.append("\(experiment.name): took no time") }
                if experiment.hasResponse, stages[Stage.response] == nil {
                    failures.append("\(experiment.name): no answer")
                }
            } catch { failures.append("\(experiment.name): \(error)") }
        }
        await backend.shutdown()
        #expect(failures == [])
    }
}
