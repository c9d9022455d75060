import Core
import Foundation
import Sandboxing
import Testing

/// Many runs, one after another, and nothing grows.
@Suite(.enabled("the launcher needs root") { NativeHost.isPrivileged })
struct SoakTests {
    /// Runs; `ASSAY_SOAK_RUNS` asks for another number.
    private static let runs =
        ProcessInfo.processInfo.environment["ASSAY_SOAK_RUNS"].flatMap { Int($0) } ?? 20_000

    @Test func nothingGrowsOverManyRuns() async throws {
        let backend = NativeBackend(
            NativeConfiguration(poolSize: 4, maximumSandboxes: 8, userIDBase: 0x7800_0000, cgroup: "assay-soak"))
        let samples = try await NativeSoak(backend).run(Self.runs) { _ in }
        let pid = try await backend.launcherProcessID()
        let users: Range<UInt32> = 0x7800_0000..<0x7800_1000
        try await backend.warmUp()
        var left = HostTrace(launcher: pid, cgroup: "assay-soak", users: users)
        for _ in 0..<1000 where left.cgroups.count > 4 {
            try await Task.sleep(for: .milliseconds(20))
            left = HostTrace(launcher: pid, cgroup: "assay-soak", users: users)
        }
        await backend.shutdown()
        #expect(samples.count == 10 && samples.last?.runs == Self.runs)
        #expect(NativeSoak.growth(samples) == [], "\(samples)")
        #expect(left.cgroups.count <= 4 && left.files.isEmpty)
    }

    /// Prepared Python: a tenth of the runs, each of which starts an interpreter.
    @Test func nothingGrowsOverManyWarmRuns() async throws {
        let backend = NativeBackend(
            NativeConfiguration(poolSize: 4, maximumSandboxes: 8, userIDBase: 0x7810_0000, cgroup: "assay-warm-soak"))
        let hello = try WarmHost.Program("print('hello world')")
        let program = NativeSoak.Program(files: hello.files, warm: try hello.start)
        let samples = try await NativeSoak(backend, program: program).run(Self.runs / 10, width: 1) { _ in }
        let warmRuns = backend.statistics.warmRuns
        await backend.shutdown()
        #expect(samples.count == 10 && NativeSoak.growth(samples) == [], "\(samples)")
        #expect(warmRuns > Self.runs / 20, "\(warmRuns) of \(Self.runs / 10) runs were in a prepared runtime")
    }
}
