import Core
import Foundation
import Sandboxing
import Testing

@Suite(.enabled("bubblewrap does not work here") { await GuestHost.isAvailable(GuestHost.bubblewrap) })
struct BubblewrapPromiseTests {
    @Test(arguments: SandboxPromise.all) func keeps(_ promise: SandboxPromise) async throws {
        try await promise.verify(on: GuestHost.bubblewrap)
    }
}

@Suite(.enabled("runc does not work here") { await GuestHost.isAvailable(GuestHost.runc) })
struct RuncPromiseTests {
    @Test(arguments: SandboxPromise.all) func keeps(_ promise: SandboxPromise) async throws {
        try await promise.verify(on: GuestHost.runc)
    }
}

@Suite(.enabled("crun does not work here") { await GuestHost.isAvailable(GuestHost.crun) })
struct CrunPromiseTests {
    @Test(arguments: SandboxPromise.all) func keeps(_ promise: SandboxPromise) async throws {
        try await promise.verify(on: GuestHost.crun)
    }
}

@Suite(.enabled("runsc does not work here") { await GuestHost.isAvailable(GuestHost.runsc) })
struct RunscPromiseTests {
    @Test(arguments: SandboxPromise.all) func keeps(_ promise: SandboxPromise) async throws {
        try await promise.verify(on: GuestHost.runsc)
    }
}

@Suite(.enabled("lxc does not work here") { await GuestHost.isAvailable(GuestHost.lxc) })
struct LXCPromiseTests {
    @Test(arguments: SandboxPromise.all) func keeps(_ promise: SandboxPromise) async throws {
        try await promise.verify(on: GuestHost.lxc)
    }
}

@Suite(.enabled("the launcher needs root") { NativeHost.isPrivileged })
struct NativePromiseTests {
    @Test(arguments: SandboxPromise.all) func keeps(_ promise: SandboxPromise) async throws {
        try await promise.verify(on: SandboxHost(backend: NativeHost.backend))
    }
}

@Suite(.enabled("no engine of docker can be started here") { await EngineUnderTest.docker.start() }, .serialized)
struct DockerPromiseTests {
    private static let host = EngineUnderTest.docker.host

    @Test(arguments: SandboxPromise.all) func keeps(_ promise: SandboxPromise) async throws {
        try await promise.verify(on: Self.host)
    }

    @Test func showsImages() async throws { try await EngineImageCheck(engine: .docker).verify() }
}

@Suite(.enabled("no engine of podman can be started here") { await EngineUnderTest.podman.start() }, .serialized)
struct PodmanPromiseTests {
    private static let host = EngineUnderTest.podman.host

    @Test(arguments: SandboxPromise.all) func keeps(_ promise: SandboxPromise) async throws {
        try await promise.verify(on: Self.host)
    }

    @Test func showsImages() async throws { try await EngineImageCheck(engine: .podman).verify() }
}

@Suite(
    .enabled("no engine of podman can be started by an ordinary user here") {
        await EngineUnderTest.podmanRootless.start()
    }, .serialized)
struct RootlessPodmanPromiseTests {
    private static let host = EngineUnderTest.podmanRootless.host

    /// Those where another owner and other user ids could matter; the rest is the same engine's.
    @Test(arguments: SandboxPromise.isolating + SandboxPromise.limiting)
    func keeps(_ promise: SandboxPromise) async throws {
        try await promise.verify(on: Self.host)
    }

    @Test func itSaysThatItIsRootless() async throws {
        #expect(try await Self.host.report.capabilities.isRootless)
        #expect(try await !EngineUnderTest.podman.host.report.capabilities.isRootless)
    }
}

@Suite(.enabled("qemu is not named by ASSAY_REQUIRE_BACKENDS") { GuestHost.isRequired(.qemu) }, .serialized)
struct QEMUPromiseTests {
    @Test(arguments: SandboxPromise.all) func keeps(_ promise: SandboxPromise) async throws {
        try await promise.verify(on: GuestHost.qemu)
    }
}

/// Firecracker itself, which no package of Debian's has.
@Suite(.enabled("firecracker does not work here") { await GuestHost.isAvailable(GuestHost.firecracker) }, .serialized)
struct FirecrackerPromiseTests {
    @Test(arguments: SandboxPromise.all) func keeps(_ promise: SandboxPromise) async throws {
        try await promise.verify(on: GuestHost.firecracker)
    }
}

/// Its driver, its guest and the machine's devices, with an emulated processor under them.
@Suite(
    .enabled("qemu is not named by ASSAY_REQUIRE_BACKENDS, or something of FirecrackerDouble is missing") {
        GuestHost.isRequired(.qemu) && FirecrackerDouble.isPossible
    }, .serialized)
struct FirecrackerDoublePromiseTests {
    /// Each boots a machine for three seconds, and most ask the guest that QEMU's suite asks too.
    private static let promises =
        ProcessInfo.processInfo.environment["ASSAY_ALL_PROMISES"] != nil
        ? SandboxPromise.all : SandboxPromise.running + SandboxPromise.moving

    @Test(arguments: promises) func keeps(_ promise: SandboxPromise) async throws {
        try await promise.verify(on: FirecrackerDouble.ofPromises.get())
    }
}
