// The engines' own names of their fields:
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import Core
import Foundation
import Glibc
package import Logging

/// A container engine, driven over its socket with the API that Docker and Podman share.
struct Engine: GuestTechnology {
    let name: BackendName
    /// An engine that is not root's is rootless: its socket tells whose it is.
    var traits: GuestTraits {
        GuestTraits(owner: owner, startLimit: .seconds(60), storages: [.engine])
    }
    private let isolation: BackendReport.Isolation
    /// The OCI runtime that it shall use (`kata`, for example); empty leaves it to the engine.
    let runtime: String
    private let client: UnixHTTPClient
    /// The Debian package that has it.
    private let package: String
    private let images = EngineImages()

    init(
        _ name: BackendName, socket: String, runtime: String, package: String,
        isolation: BackendReport.Isolation = .container
    ) {
        self.isolation = isolation
        self.name = name
        self.runtime = runtime
        self.package = package
        client = UnixHTTPClient(socketPath: socket)
    }

    private struct Version: Decodable { var Version: String }
    private struct Info: Decodable {
        var Driver: String?
        var Runtimes: [String: Ignored]?
        struct Ignored: Decodable {}
    }

    func probe() async -> BackendReport {
        var report = await ContainerProbe(
            name: name, program: "/proc/self/exe", package: package, version: [], isolation: isolation
        )
        .report()
        report.version = ""
        if case .unavailable = report.availability { return report }
        do {
            report.version = try await get("/version", as: Version.self).Version
            report.capabilities.isRootless = owner != 0
            let info = try await get("/info", as: Info.self)
            report.storages = [StorageReport(.engine, detail: info.Driver ?? "")]
            if !runtime.isEmpty, info.Runtimes?[runtime] == nil {
                report.availability = .unavailable(
                    reason: "the engine at \(client.socketPath) has no runtime named \(runtime)",
                    remedy: "install it, and name it \(runtime) among the runtimes of the engine's configuration")
            }
        } catch {
            report.availability = .unavailable(
                reason: "no engine answers at \(client.socketPath): \(error)",
                remedy: "apt-get install \(package), and start it")
        }
        return report
    }

    private var owner: uid_t {
        var status = stat()
        return stat(client.socketPath, &status) == 0 ? status.st_uid : 0
    }

    fileprivate func get<Value: Decodable>(_ path: String, as type: Value.Type) async throws -> Value {
        let response = try await client.send("GET", path, limit: .seconds(20))
        guard response.isSuccess else { throw UnixHTTPClient.Failure.malformed("status \(response.status)") }
        return try JSONDecoder().decode(type, from: Data(response.body))
    }

    func start(_ site: GuestSite) async throws(SandboxError) -> any GuestCarrier {
        let image = try await images.id(of: site.layout, in: self)
        let container = Container(site, image: image, runtime: runtime)
        guard let body = try? JSONEncoder().encode(container) else { throw .setupFailed(step: "encode", errno: EINVAL) }
        try await ask("POST", "/containers/create?name=\(site.place.name)", body: .bytes(Array(body)))
        do throws(SandboxError) {
            try await ask("POST", "/containers/\(site.place.name)/start")
        } catch {
            await removeLeftover(site.place)
            throw error
        }
        return EngineCarrier(engine: self, place: site.place)
    }

    @discardableResult
    fileprivate func ask(
        _ method: String, _ path: String, body: Payload = .bytes([]), type: String = "application/json",
        limit: Duration = .seconds(60)
    ) async throws(SandboxError) -> UnixHTTPClient.Response {
        let response: UnixHTTPClient.Response
        do { response = try await client.send(method, path, body: body, type: type, limit: limit) } catch {
            throw .unavailable(backend: name, reason: "the engine at \(client.socketPath) does not answer: \(error)")
        }
        guard response.isSuccess else {
            throw .unavailable(backend: name, reason: "\(method) \(path): \(response.status) \(response.text)")
        }
        return response
    }

    func removeLeftover(_ place: SandboxPlace) async {
        _ = try? await ask("DELETE", "/containers/\(place.name)?force=true&v=true")
    }

    func forget(_ layout: RootLayout) async {
        guard let id = await images.forget(layout) else { return }
        _ = try? await ask("DELETE", "/images/\(id)?force=true")
    }

    func shutdown() async {}

    private struct Container: Encodable {
        var Image: String
        var Hostname = "sandbox"
        var User = "0:0"
        var Cmd = GuestSite.guestArguments
        var WorkingDir = "/"
        var NetworkDisabled = true
        var HostConfig: HostSettings

        struct HostSettings: Encodable {
            var Binds: [String]
            var NetworkMode = "none"
            var ReadonlyRootfs = true
            var CapDrop = ["ALL"]
            var CapAdd = GuestSite.guestCapabilities.map { String($0.dropFirst(4)) }
            // The guest loads a filter of ours, which is stricter; until then it mounts.
            var SecurityOpt = ["seccomp=unconfined", "apparmor=unconfined", "no-new-privileges"]
            var CgroupnsMode = "host"
            var IpcMode = "private"
            var LogConfig = ["Type": "none"]
            var Runtime: String?
            /// As this process has them: engines like to raise limits, which not every host permits.
            var Ulimits = [
                Ulimit("nofile", Int32(RLIMIT_NOFILE.rawValue)),
                Ulimit("nproc", Int32(__RLIMIT_NPROC.rawValue), atMost: 4096),
            ]
        }

        struct Ulimit: Encodable {
            var Name: String
            var Soft: Int
            var Hard: Int

            /// The most that this process may have, and no more than any container needs.
            init(_ name: String, _ resource: Int32, atMost needed: Int = 1 << 20) {
                var limit = rlimit()
                getrlimit(resource, &limit)
                let most = Int(clamping: min(limit.rlim_max, rlim_t(needed)))
                (Name, Soft, Hard) = (name, most, most)
            }
        }

        init(_ site: GuestSite, image: String, runtime: String) {
            Image = image
            HostConfig = HostSettings(
                Binds: site.binds().map { "\($0.host):\($0.target):\($0.isWritable ? "rw" : "ro")" },
                Runtime: runtime.isEmpty ? nil : runtime)
        }
    }
}

/// A container of an engine.
private struct EngineCarrier: GuestCarrier {
    let engine: Engine
    let place: SandboxPlace

    func failure() async -> String {
        let path = "/containers/\(place.name)/wait"
        // Answered when the container ends, so this waits as long as the sandbox lives.
        let response = try? await engine.ask("POST", path, limit: .seconds(86400))
        return "its container ended: \(response?.text.split(separator: "\n").joined() ?? "unknown")"
    }

    func end() async { await engine.removeLeftover(place) }
}

/// The engine's images with our roots in them. Made at first use; what is in one decides its name, so that it is made once.
private actor EngineImages {
    /// By the tree that is their root, or part of it.
    private var made: [String: Task<String, any Error>] = [:]

    /// The engine's id of it.
    func id(of layout: RootLayout, in engine: Engine) async throws(SandboxError) -> String {
        let making = made[layout.skeleton] ?? Task { try await Self.make(layout, in: engine) }
        made[layout.skeleton] = making
        do { return try await making.value } catch {
            made[layout.skeleton] = nil
            throw error as? SandboxError ?? .lost("\(error)")
        }
    }

    /// Its id, if it was made.
    func forget(_ layout: RootLayout) async -> String? {
        try? await made.removeValue(forKey: layout.skeleton)?.value
    }

    private static func make(_ layout: RootLayout, in engine: Engine) async throws -> String {
        let archive = try await EngineArchive.make(of: layout)
        let tag = String(try await archive.hash(), radix: 16)
        let name = "localhost/assay-root:\(tag)"
        if let found = try? await engine.get("/images/\(name)/json", as: Image.self) { return found.Id }
        let answer = try await engine.ask(
            "POST", "/images/create?fromSrc=-&repo=localhost/assay-root&tag=\(tag)", body: archive.body,
            type: "application/x-tar", limit: .seconds(600))
        guard let start = answer.text.range(of: "sha256:", options: .backwards)?.upperBound else {
            throw SandboxError.lost("the engine made no image: \(answer.text)")
        }
        let id = String(answer.text[start...].prefix { $0.isHexDigit })
        // Not every engine gave it the tag.
        try await engine.ask("POST", "/images/\(id)/tag?repo=localhost/assay-root&tag=\(tag)")
        return id
    }

    private struct Image: Decodable { var Id: String }
}

extension GuestBackend {
    /// Docker's engine, rootful.
    package static func docker(
        _ configuration: GuestConfiguration, socket: String = "/run/docker.sock", runtime: String = "", logger: Logger
    ) -> GuestBackend {
        let engine = Engine(.docker, socket: socket, runtime: runtime, package: "docker.io")
        return GuestBackend(engine, configuration, logger: logger)
    }

    /// Kata Containers: an engine whose runtime puts each container into a virtual machine.
    package static func kata(
        _ configuration: GuestConfiguration, socket: String = "/run/docker.sock", runtime: String = "kata",
        logger: Logger
    ) -> GuestBackend {
        let engine = Engine(
            .kata, socket: socket, runtime: runtime, package: "docker.io", isolation: .virtualMachine)
        return GuestBackend(engine, configuration, logger: logger)
    }

    /// Podman's engine of a user who is not root.
    package static func podmanRootless(
        _ configuration: GuestConfiguration, socket: String, logger: Logger
    ) -> GuestBackend {
        GuestBackend(
            Engine(.podmanRootless, socket: socket, runtime: "", package: "podman"), configuration, logger: logger)
    }

    /// Podman's engine (`podman system service`).
    package static func podman(
        _ configuration: GuestConfiguration, socket: String = "/run/podman/podman.sock", runtime: String = "",
        logger: Logger
    ) -> GuestBackend {
        let engine = Engine(.podman, socket: socket, runtime: runtime, package: "podman")
        return GuestBackend(engine, configuration, logger: logger)
    }
}
