import Core
import Foundation
import Logging
import Sandboxing

/// Where the suites of backends with guests work: a directory and a cgroup of this process alone.
enum GuestHost {
    /// Short, because Unix sockets lie below it.
    static let directory = "/run/assay-tests-\(getpid())"
    static let configuration = GuestConfiguration(
        directory: directory, cgroup: "assay-guest-tests", userIDBase: 0x7400_0000)
    static let logger = Logger(label: "tests")

    static let bubblewrap = SandboxHost(backend: GuestBackend.bubblewrap(configuration, logger: logger))

    static let runc = SandboxHost(backend: GuestBackend.runc(configuration, logger: logger))
    static let crun = SandboxHost(backend: GuestBackend.crun(configuration, logger: logger))
    static let runsc = SandboxHost(backend: GuestBackend.runsc(configuration, logger: logger), slowness: 2)
    static let lxc = SandboxHost(backend: GuestBackend.lxc(configuration, logger: logger))

    static let qemu = SandboxHost(backend: GuestBackend.qemu(configuration, logger: logger), slowness: 5)
    static let firecracker = SandboxHost(backend: GuestBackend.firecracker(configuration, logger: logger))

    /// Every backend that has a suite.
    static let hosts: [BackendName: SandboxHost] = [
        .native: SandboxHost(backend: NativeHost.backend), .bubblewrap: bubblewrap, .runc: runc, .crun: crun, .lxc: lxc,
        .runsc: runsc, .qemu: qemu, .firecracker: firecracker, .docker: EngineUnderTest.docker.host,
        .podman: EngineUnderTest.podman.host,
        .podmanRootless: EngineUnderTest.podmanRootless.host,
    ]

    /// Whether the environment asks for the suite of a backend that does not run everywhere where its program is: one
    /// that takes minutes, or needs more of its host.
    static func isRequired(_ name: BackendName) -> Bool {
        let names = ProcessInfo.processInfo.environment["ASSAY_REQUIRE_BACKENDS"] ?? ""
        return names.split(separator: ",").contains(Substring(name.rawValue))
    }

    /// Whether the backend works here.
    static func isAvailable(_ host: SandboxHost) async -> Bool { (try? await host.report) != nil }

    /// Names of sandboxes whose directory or cgroup is still there.
    static func leftovers(of name: BackendName) -> [String] {
        let places = (try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/\(name)")) ?? []
        let groups = ["/sys/fs/cgroup/memory", "/sys/fs/cgroup"].flatMap {
            (try? FileManager.default.contentsOfDirectory(atPath: "\($0)/\(configuration.cgroup)")) ?? []
        }
        return Set(places + groups).filter { $0.hasPrefix("\(name)-\(getpid())-") }.sorted()
    }
}
