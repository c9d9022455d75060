import Foundation
import Testing

/// What operators are told of the backends, by the service and by the commands.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible })
struct BackendFactsTests {
    /// Flags that keep a command's sandboxes apart from those of everybody else.
    private func apart(_ identity: AssayServer.Identity) -> [String] {
        [
            "--set", "cgroup=\(identity.cgroup)", "--set", "uid-base=\(identity.userIDBase)", "--set",
            "sandbox-directory=/run/assay-facts-\(getpid())",
        ]
    }

    @Test func serviceAndCommandTellWhatTheLastRunsTookAndWhatIsReady() async throws {
        let place = "/run/assay-facts-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: place) }
        try await withScratchDirectory { directory in
            let settings = ["backends=bubblewrap", "sandbox-directory=\(place)", "node=teller"]
            let server = try await AssayServer(directory: directory, settings: settings)
            for backend in ["native", "bubblewrap"] {
                let report = try await server.grade([
                    "language": "bash", "files": ["main.sh": "echo 1"], "backend": .string(backend),
                ])
                #expect(report["backend"].string == backend, "\(report)")
            }
            for backend in try await server.curl("/v1/backends").json["backends"].items {
                #expect(backend["available"] == true, "\(backend)")
                for stage in ["create", "launch", "execute"] {
                    #expect(backend["stages"][stage].number ?? 0 > 0, "\(backend)")
                }
                for number in ["ready", "target", "minimum", "maximum"] {
                    #expect(backend["pool"][number].number != nil, "\(backend)")
                }
                #expect(backend["layers"] == .bool(backend["name"] == "native"))
            }
            // It tells the others every few seconds.
            var told = ""
            try await eventually(told) {
                let result = try await ChildProcess.run(
                    [Checkout.program("assay"), "backends", "--data", directory + "/data"]
                        + apart(AssayServer.Identity()))
                #expect(result.status == 0, "\(result.errors)")
                told = result.output
                return told.contains(#/teller +native +\d+ of \d+ +\d+\.\d\d/#)
                    && told.contains(#/teller +bubblewrap +\d+ of \d+ +\d+\.\d\d/#)
            }
            #expect(await server.stop() == 0)
        }
    }

    @Test func measuringShowsEveryStageOfEveryBackend() async throws {
        let place = "/run/assay-facts-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: place) }
        let result = try await ChildProcess.run(
            [
                Checkout.program("assay"), "backends", "--measure", "1", "--set", "kernel-directory=/nowhere", "--set",
                "docker-socket=/nowhere/docker.sock", "--set", "podman-socket=/nowhere/podman.sock",
            ] + apart(AssayServer.Identity()))
        #expect(result.status == 0, "\(result.errors)")
        for name in ["native", "bubblewrap"] {
            let line = try #require(result.output.split(separator: "\n").first { $0.hasPrefix(name + " ") })
            let cells = line.split(separator: " ")
            #expect(cells.count == 7, "\(line)")
            #expect(cells.dropFirst().dropLast().allSatisfy { Double($0) != nil }, "\(line)")
            // The launcher tells of its removals later, maybe too late for this.
            #expect(Double(cells.last ?? "") != nil || (name == "native" && cells.last == "-"), "\(line)")
        }
    }

    @Test func theDoctorSaysWhatIsMissingAndHowToMendIt() async throws {
        let result = try await ChildProcess.run(
            [
                Checkout.program("assay"), "doctor", "--set", "backends=kata,qemu,podman,firecracker", "--set",
                "kernel-directory=/nowhere", "--set", "docker-socket=/nowhere/docker.sock", "--set",
                "podman-socket=/nowhere/podman.sock",
            ] + apart(AssayServer.Identity()))
        #expect(result.status == 1, "\(result.errors)")
        let lines = result.output.split(separator: "\n").map(String.init)
        for (backend, reason, remedy) in [
            ("qemu", "there is no kernel with its modules below /nowhere", "run Scripts/guest-kernel"),
            ("podman", "no engine answers at /nowhere/podman.sock", "apt-get install podman"),
            ("kata", "no engine answers at /nowhere/docker.sock", "apt-get install docker.io"),
        ] {
            let line = try #require(lines.firstIndex { $0.contains("backend \(backend) ") }, "\(result.output)")
            #expect(lines[line].contains(reason), "\(lines[line])")
            #expect(lines[line + 1].contains("→ \(remedy)"), "\(lines[line + 1])")
        }
        let line = try #require(lines.firstIndex { $0.contains("backend firecracker ") })
        #expect(lines[line + 1].contains("→ "))
    }
}
