import Core
import Grading
import Logging
import Sandboxing

extension Node {
    /// Every backend that can be configured.
    static let knownBackends: [BackendName] = [
        .native, .bubblewrap, .runc, .crun, .lxc, .podman, .podmanRootless, .docker, .runsc, .kata, .qemu, .firecracker,
    ]

    /// The backends that the configuration offers. Where the default one does not work, the first that works of those
    /// named as its fall-back is the default; reports name the one that really ran.
    static func backends(
        of configuration: Configuration, pool: Int, logger: Logger
    ) async throws -> BackendRegistry {
        var names: [BackendName] = []
        for name in [configuration.backend] + configuration.backendFallback + configuration.backends
        where !names.contains(name) { names.append(name) }
        let backends = try names.map { try backend(named: $0, of: configuration, pool: pool, logger: logger) }
        var registry = await BackendRegistry(backends, default: configuration.backend)
        for name in [configuration.backend] + configuration.backendFallback {
            guard let report = registry.reports[name] else { continue }
            if case .unavailable(let reason, _) = report.availability {
                logger.warning("a backend is unavailable", metadata: ["backend": "\(name)", "reason": "\(reason)"])
            } else {
                registry.defaultName = name
                break
            }
        }
        return registry
    }

    static func backend(
        named name: BackendName, of configuration: Configuration, pool: Int, logger: Logger
    ) throws -> any SandboxBackend {
        if name == .native {
            return NativeBackend(
                NativeConfiguration(
                    launcherSocket: configuration.launcherSocket.isEmpty ? nil : configuration.launcherSocket,
                    poolSize: pool,
                    poolMinimum: configuration.poolMinimum == 0
                        ? Node.slots(of: configuration) : configuration.poolMinimum,
                    warmMemory: configuration.warmMemory,
                    userIDBase: UInt32(configuration.userIDBase), ceiling: configuration.ceiling,
                    cgroup: configuration.cgroup, extraBinds: configuration.binds, egress: configuration.nativeEgress,
                    accepted: configuration.accepted))
        }
        let guests = GuestConfiguration(
            directory: configuration.sandboxDirectory, cgroup: configuration.cgroup + "-guests",
            // The pool is for the backend that nearly everything runs in.
            poolSize: name == configuration.backend ? pool : 0,
            userIDBase: UInt32(configuration.userIDBase) + 4096, extraBinds: configuration.binds,
            storage: configuration.storage)
        switch name {
        case .bubblewrap: return GuestBackend.bubblewrap(guests, logger: logger)
        case .runc: return GuestBackend.runc(guests, logger: logger)
        case .crun: return GuestBackend.crun(guests, logger: logger)
        case .runsc: return GuestBackend.runsc(guests, logger: logger)
        case .lxc: return GuestBackend.lxc(guests, logger: logger)
        case .docker:
            return GuestBackend.docker(
                guests, socket: configuration.dockerSocket, runtime: configuration.engineRuntime, logger: logger)
        case .podman:
            return GuestBackend.podman(
                guests, socket: configuration.podmanSocket, runtime: configuration.engineRuntime, logger: logger)
        case .podmanRootless:
            return GuestBackend.podmanRootless(guests, socket: configuration.podmanRootlessSocket, logger: logger)
        case .kata:
            return GuestBackend.kata(
                guests,
                socket: configuration.kataEngine == .podman ? configuration.podmanSocket : configuration.dockerSocket,
                runtime: configuration.kataRuntime, logger: logger)
        case .qemu:
            return GuestBackend.qemu(
                guests, kernelDirectory: configuration.kernelDirectory, memory: configuration.machineMemory,
                usesKVM: configuration.usesKVM, logger: logger)
        case .firecracker:
            return GuestBackend.firecracker(
                guests, kernelDirectory: configuration.kernelDirectory, memory: configuration.machineMemory,
                logger: logger)
        default:
            throw ConfigurationError(source: "backend", detail: "there is no backend named '\(name)'")
        }
    }
}
