import Foundation
import Testing

/// A service that is killed in the middle leaves sandboxes behind; the next one removes them.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible })
struct LeftoverTests {
    /// What is there of the sandboxes of service `process`: directories, mounts, cgroups and processes.
    private struct Trace: Equatable {
        var places: Set<String> = []
        var mounts: Set<String> = []
        var cgroups: Set<String> = []
        var processes: Set<String> = []

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

        var isEmpty: Bool { places.isEmpty && mounts.isEmpty && cgroups.isEmpty && processes.isEmpty }
    }

    @Test(arguments: [
        [("runc", "overlay"), ("lxc", "btrfs")], [("bubblewrap", "copy"), ("runsc", "bind")],
    ])
    func nothingIsLeftOfAServiceThatWasKilled(_ wishes: [(backend: String, storage: String)]) async throws {
        let place = "/run/assay-left-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: place) }
        try await withScratchDirectory { directory in
            let identity = AssayServer.Identity()
            let settings =
                try BackendChoiceTests.settings(in: directory) + [
                    "backends=runc,lxc,bubblewrap,runsc", "sandbox-directory=\(place)", "slots=2",
                ]
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
            func trace() -> Trace { Trace(of: first.processID, directory: place, cgroup: identity.cgroup) }
            try await eventually("\(trace())") {
                trace().places.count >= started && trace().processes.count >= started
            }
            await first.kill()
            #expect(!trace().isEmpty, "the service was killed too late to show anything")

            // With other data, so that it does not run the same again.
            let other = directory + "/other"
            try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
            let second = try await AssayServer(directory: other, identity: identity, settings: settings)
            try await eventually("\(trace())") { trace().isEmpty }
            #expect(trace().isEmpty, "\(trace())")
            let own = second.processID
            #expect(await second.stop() == 0)
            let rest = Trace(of: own, directory: place, cgroup: identity.cgroup)
            #expect(rest.isEmpty, "\(rest)")
        }
    }
}
