import Testing

/// What grading may add to the programs' own time, by the same measurement as docs/benchmarks/grading.md.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible })
struct GradingCostTests {
    @Test("10,000 rounds take at most 1.5 times as long as two bare processes on crossed pipes in the same run")
    func pingPong() async throws {
        let result = try await ChildProcess.run([
            "python3", Checkout.root + "/Benchmarks/grading/measure.py", Checkout.program("assay"), "--check",
            "ping-pong",
        ])
        #expect(result.status == 0, "\(result.output)\(result.errors)")
    }
}
