package import Core
import Glibc

/// A backend that this host or this release cannot offer, listed with the reason so that nobody searches for it.
package struct UnavailableBackend: SandboxBackend {
    package let name: BackendName
    package let statistics = StageStatistics()
    private let isolation: BackendReport.Isolation
    private let reason: @Sendable () -> (reason: String, remedy: String)

    /// Firecracker: it has neither a serial port for a guest's control stream nor a shared file system, and is in no
    /// package of Debian 12.
    package static let firecracker = UnavailableBackend(name: .firecracker, isolation: .virtualMachine) {
        if ChildProcess.find("firecracker") == nil {
            return ("firecracker is not installed", "use the backend qemu; Debian has no package of firecracker")
        }
        if access("/dev/kvm", R_OK | W_OK) != 0 {
            return ("/dev/kvm cannot be used", "use the backend qemu, which can emulate")
        }
        return ("this release does not drive firecracker", "use the backend qemu")
    }

    package func probe() async -> BackendReport {
        let (reason, remedy) = reason()
        return BackendReport(
            name: name, version: "", availability: .unavailable(reason: reason, remedy: remedy), isolation: isolation,
            capabilities: .init(
                cpuTime: false, memory: false, processes: false, output: false, disk: false, cpuPinning: false,
                networkModes: [], isRootless: false))
    }

    package func makeSandbox(_ configuration: SandboxConfiguration) async throws(SandboxError) -> any Sandbox {
        throw .unavailable(backend: name, reason: reason().reason)
    }

    package func poolReport() -> BackendReport.Pool? { nil }

    package func forget(_ image: SandboxImage) async -> Bool { true }

    package func shutdown() async {}
}
