import Core
import Sandboxing
import Testing

/// Kata Containers are an engine and the name of a runtime. Its own runtime needs nested virtualisation, which few test
/// machines have; that the name is asked for, passed on and believed can be shown with any.
@Suite(.enabled("no engine of docker can be started here") { await EngineUnderTest.docker.start() }, .serialized)
struct KataTests {
    private func backend(_ runtime: String) -> GuestBackend {
        GuestBackend.kata(
            GuestHost.configuration, socket: EngineUnderTest.docker.socket, runtime: runtime, logger: GuestHost.logger)
    }

    @Test func anEngineWithoutTheRuntimeSaysSo() async throws {
        let backend = backend("kata-absent")
        let report = await backend.probe()
        guard case .unavailable(let reason, let remedy) = report.availability else {
            Issue.record("it claims to be available")
            return
        }
        #expect(reason.contains("has no runtime named kata-absent") && reason.contains(EngineUnderTest.docker.socket))
        #expect(remedy.contains("kata-absent"))
        #expect(report.isolation == .virtualMachine)
        await #expect(throws: SandboxError.self) {
            try await backend.makeSandbox(SandboxConfiguration(limits: .default))
        }
        await backend.shutdown()
    }

    @Test func theRuntimeThatIsNamedRunsTheProgram() async throws {
        let backend = backend("runc")
        #expect(await backend.probe().availability == .available)
        let outcome = try await SandboxHost(backend: backend).shell("echo hello")
        #expect(outcome.stdout.text == "hello\n")
        await backend.shutdown()
        #expect(GuestHost.leftovers(of: .kata).isEmpty)
    }
}
