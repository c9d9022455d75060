import Foundation
import Testing

/// A service that is killed in the middle leaves sandboxes behind; the next one removes them.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible })
struct LeftoverTests {
    /// What is there of the sandboxes of service `process`: directories, mounts, cgroups and processes.
    private struct Trace {
        var places: Set<String> = []
        var mounts: Set<String> = []
        var cgroups: Set<String> = []
        var processes: Set<String> = []
        var containers: Set<String> = []

        init(of process: Int32, directory: String, cgroup: String, engines: Engines) async throws {
            self.init(of: process, directory: directory, cgroup: cgroup)
            for engine in ["docker", "podman"] {
                let names = try await engines.containers(of: engine) ?? []
                containers.formUnion(names.filter { $0.contains("-\(process)-") })
            }
        }

        init(of process: Int32, directory: String, cgroup: String) {
            let files = FileManager.default
            let mark = "-\(process)-"
            for backend in (try? files.contentsOfDirectory(atPath: directory)) ?? [] {
                let found = (try? files.contentsOfDirectory(atPath: "\(directory)/\(backend)")) ?? []
                places.formUnion(found.filter { $0.contains(mark) })
            }
            let table = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
            mounts = Set(
                table.split(separator: "\n").map(String.init).filter { $0.contains(directory) && $0.contains(mark) })
            for root in (try? files.contentsOfDirectory(atPath: "/sys/fs/cgroup")) ?? [] {
                for parent in ["/sys/fs/cgroup/\(root)/\(cgroup)-guests", "/sys/fs/cgroup/\(cgroup)-guests"] {
                    let found = (try? files.contentsOfDirectory(atPath: parent)) ?? []
                    cgroups.formUnion(found.filter { $0.contains(mark) })
                }
            }
            for entry in (try? files.contentsOfDirectory(atPath: "/proc")) ?? [] where Int32(entry) != nil {
                let text = Self.text(of: "/proc/\(entry)/cmdline")
                if text.contains(mark) || text.contains("98765\(process)") { processes.insert(entry) }
            }
        }

        /// Its beginning, which is enough of a command line.
        private static func text(of path: String) -> String {
            let file = open(path, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { return "" }
            defer { close(file) }
            var bytes = [UInt8](repeating: 0, count: 8192)
            let count = read(file, &bytes, bytes.count)
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }

        var isEmpty: Bool {
            places.isEmpty && mounts.isEmpty && cgroups.isEmpty && processes.isEmpty && containers.isEmpty
        }
    }

    @Test(arguments: [
        [("runc", "overlay"), ("lxc", "btrfs")], [("bubblewrap", "copy"), ("runsc", "bind")],
    ])
    func nothingIsLeftOfAServiceThatWasKilled(
        _ wishes: [(backend: String, storage: String)]
    ) async throws {
        try await withScratchDirectory { directory in
            try await kill(in: directory, wishes) { process, place, cgroup in
                Trace(of: process, directory: place, cgroup: cgroup)
            }
        }
    }

    @Test func nothingIsLeftInEngines() async throws {
        try await withScratchDirectory { directory in
            let engines = try await Engines(in: directory)
            do {
                try await kill(
                    in: directory, [("docker", "engine"), ("podman", "engine")], settings: engines.settings
                ) { process, place, cgroup in
                    try await Trace(of: process, directory: place, cgroup: cgroup, engines: engines)
                }
                #expect(try await engines.containers(of: "docker") ?? [] == [])
                #expect(try await engines.containers(of: "podman") ?? [] == [])
            } catch {
                await engines.stop()
                throw error
            }
            await engines.stop()
        }
    }

    /// Killed when there are as many processes: the machine that boots to be saved, or one that went on from there too,
    /// with its file server.
    @Test(arguments: [1, 3])
    func noMachineIsLeft(_ processes: Int) async throws {
        try await withScratchDirectory { directory in
            try await kill(in: directory, [("qemu", "engine")], processes: processes) { process, place, cgroup in
                Trace(of: process, directory: place, cgroup: cgroup)
            }
        }
    }

    private typealias Wish = (backend: String, storage: String)

    /// Kills a service while it runs a program in each backend that is wished for, and starts the next one, which
    /// removes what `trace` finds. Backends that do not work here are left out; one at least must.
    private func kill(
        in directory: String, _ wishes: [Wish], settings more: [String] = [], processes: Int = 1,
        trace: (Int32, String, String) async throws -> Trace
    ) async throws {
        let place = "/run/assay-left-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: place) }
        let identity = AssayServer.Identity()
        let names = wishes.map(\.backend).joined(separator: ",")
        let settings =
            try BackendChoiceTests.settings(in: directory) + [
                "backends=\(names)", "sandbox-directory=\(place)", "slots=2",
            ] + more
        let first = try await AssayServer(directory: directory, identity: identity, settings: settings)
        let facts = try await first.curl("/v1/backends").json
        var started = 0
        for (backend, storage) in wishes {
            guard let fact = facts["backends"].items.first(where: { $0["name"].string == backend }),
                fact["available"] == true,
                fact["storage"].items.contains(where: { $0["name"].string == storage && $0["available"] == true })
            else { continue }
            started += 1
            let answer = try await first.send(
                "POST", "/v1/submissions",
                BackendChoiceTests.request(
                    "shell",
                    [
                        "files": ["main.sh": .string("sleep 98765\(first.processID)")], "backend": .string(backend),
                        "storage": .string(storage), "limits": ["wall_seconds": 60],
                    ]))
            #expect(answer.status == 202)
        }
        try #require(started > 0, "none of the backends works here")
        func found() async throws -> Trace { try await trace(first.processID, place, identity.cgroup) }
        var last = try await found()
        try await eventually("\(last)") {
            last = try await found()
            return last.places.count >= started && last.processes.count >= max(started, processes)
        }
        await first.kill()
        last = try await found()
        #expect(!last.isEmpty, "the service was killed too late to show anything")

        // With other data, so that it does not run the same again.
        let other = directory + "/other"
        try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
        let second = try await AssayServer(directory: other, identity: identity, settings: settings)
        do {
            try await eventually("\(last)") {
                last = try await found()
                return last.isEmpty
            }
        } catch {
            await second.stop()
            throw error
        }
        let own = second.processID
        #expect(await second.stop() == 0)
        let rest = try await trace(own, place, identity.cgroup)
        #expect(rest.isEmpty, "\(rest)")
    }
}
