import Core
import Foundation
import Sandboxing
import Testing

/// Suites of backends that do not work on a host are skipped there. Where they must work, `ASSAY_REQUIRE_BACKENDS` names
/// them, and one that does not is a failure.
struct RequiredBackendTests {
    @Test func everyRequiredBackendWorks() async throws {
        let names = ProcessInfo.processInfo.environment["ASSAY_REQUIRE_BACKENDS"] ?? ""
        for name in names.split(separator: ",").map({ BackendName(rawValue: String($0)) }) {
            if name == .docker { #expect(await EngineUnderTest.docker.start()) }
            if name == .podman { #expect(await EngineUnderTest.podman.start()) }
            if name == .podmanRootless { #expect(await EngineUnderTest.podmanRootless.start()) }
            let host = try #require(GuestHost.hosts[name], "there is no suite of \(name)")
            let report = await host.backend.probe()
            #expect(report.availability == .available, "\(name)")
            if name == .native { #expect(EgressWorld.isPossible, "EgressTests would be skipped") }
        }
    }
}
