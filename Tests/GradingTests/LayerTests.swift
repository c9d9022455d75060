import Core
import Foundation
import Logging
import Sandboxing
import Testing

@testable import Grading

/// Set-up scripts, really run: what they change is a layer over the host's programs, and nothing else changes.
@Suite(.serialized, .enabled("layers are made by root") { geteuid() == 0 })
struct LayerTests {
    private static let cgroup = "assay-layer-test-\(getpid())"
    private static let backend = NativeBackend(
        NativeConfiguration(poolSize: 1, maximumSandboxes: 8, userIDBase: 0x7300_0000, cgroup: cgroup))

    private func withStore<Result>(
        _ limits: SetUpLimits = SetUpLimits(), capacity: Int = LayerStore.Configuration.defaultCapacity,
        _ body: (LayerStore, String) async throws -> Result
    ) async throws -> Result {
        let directory = FileManager.default.temporaryDirectory.path + "/layers-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let builder = LayerBuilder(cgroup: Self.cgroup + "-layers", limits: limits)
        let store = LayerStore(
            .init(directory: directory, capacity: capacity, builder: builder), logger: Logger(label: "test"))
        return try await body(store, directory)
    }

    private func setUp(_ script: String, _ files: [String: String] = [:]) throws -> SetUp {
        let all = files.merging(["setup.sh": script]) { $1 }
        return SetUp(
            files: try all.map { SourceFile(path: try RelativePath($0), text: $1) },
            command: ["/bin/sh", "-c", "exec bash ./setup.sh"])
    }

    /// What a shell prints in a sandbox over the layer, and what the script left for the grader.
    private func run(
        _ script: String, over setUp: SetUp, of store: LayerStore
    ) async throws -> (output: String, home: [String]) {
        try await store.withLayer(of: setUp, on: Self.backend) { lease in
            let configuration = SandboxConfiguration(limits: .default, image: lease.image)
            let outcome = try await withSandbox(of: Self.backend, configuration) { sandbox in
                try await sandbox.run(Command(arguments: ["sh", "-c", script], limits: .default))
            }
            return (
                String(decoding: outcome.stdout.bytes + outcome.stderr.bytes, as: UTF8.self),
                lease.home.map(\.path.string)
            )
        }
    }

    private func failure(of setUp: SetUp, in store: LayerStore) async -> String {
        do {
            _ = try await run("true", over: setUp, of: store)
            return ""
        } catch { return "\(error)" }
    }

    @Test func whatItInstallsIsThereAndTheHostIsAsBefore() async throws {
        try await withStore { store, directory in
            let script = """
                set -e
                [ "$(id -u)" = 0 ]
                printf '#!/bin/sh\\necho installed\\n' > /usr/local/bin/assay-layer-test
                chmod 755 /usr/local/bin/assay-layer-test
                mkdir -p /opt/teacher && cp given.txt /opt/teacher/
                touch /usr/local/bin/owned && chown 33:33 /usr/local/bin/owned
                rm /usr/bin/yes
                echo kept > /autograder/kept.txt
                cat /proc/sys/kernel/random/uuid 2>&1 || cat /dev/urandom | head -c 8 | od -An -tx1 > /usr/local/run-id
                """
            let setUp = try setUp(script, ["given.txt": "given\n"])
            let look =
                "assay-layer-test; cat /opt/teacher/given.txt; ls /usr/bin/yes 2>&1 | grep -c 'No such'; cat /usr/local/run-id; "
                + "touch /usr/local/bin/mine 2>&1 | grep -c Read-only; ls /autograder 2>&1; cat /etc/passwd | wc -l"
            let first = try await run(look, over: setUp, of: store)
            #expect(first.output.hasPrefix("installed\ngiven\n1\n"), "\(first.output)")
            #expect(first.home == ["kept.txt"])
            #expect(!FileManager.default.fileExists(atPath: "/usr/local/bin/assay-layer-test"))
            #expect(FileManager.default.fileExists(atPath: "/usr/bin/yes"))
            #expect(FileManager.default.fileExists(atPath: "/opt/teacher") == false)
            // Once: the same layer, and no second run.
            #expect(try await run(look, over: setUp, of: store).output == first.output)
            #expect(await store.count == 1)
            // Another service on the same directory finds it.
            let other = LayerStore(
                .init(directory: directory, builder: LayerBuilder(cgroup: Self.cgroup + "-other")),
                logger: Logger(label: "test"))
            #expect(try await run(look, over: setUp, of: other).output == first.output)
            #expect(leftovers(in: directory).isEmpty)
        }
        #expect(mounts("/layers-").isEmpty)
        #expect(groups().isEmpty, "a script's cgroup goes with it, and so does the one that held it")
    }

    @Test func aScriptThatFailsSaysWhyAndIsNotRunAgainAtOnce() async throws {
        try await withStore { store, directory in
            let setUp = try setUp("echo no such package; exit 100\n")
            #expect(await failure(of: setUp, in: store).contains("exited with code 100: no such package"))
            #expect(await failure(of: setUp, in: store).contains("100"))
            #expect(groups().isEmpty)
            #expect(await store.count == 0)
            #expect(leftovers(in: directory).isEmpty)
        }
    }

    @Test func limitsHold() async throws {
        var limits = SetUpLimits(cpuTime: .seconds(2), wallTime: .seconds(60), memory: 256 << 20, size: 64 << 20)
        limits.processes = 40
        try await withStore(limits) { store, directory in
            let reason1 = try await failure(of: setUp("while :; do :; done\n"), in: store)
            #expect(reason1.contains("CPU time"))
            let large = "dd if=/dev/zero of=/usr/large bs=1M count=80 2>&1\n"
            let reason2 = try await failure(of: setUp(large), in: store)
            #expect(reason2.contains("No space"))
            let memory = "python3 -c 'x = bytearray(1 << 29)'\n"
            let reason3 = try await failure(of: setUp(memory), in: store)
            #expect(reason3.contains("memory"))
            let forks = "for i in $(seq 100); do sleep 50 & done; wait; exit 9\n"
            let reason4 = try await failure(of: setUp(forks), in: store)
            #expect(reason4.contains("fork"))
            #expect(leftovers(in: directory).isEmpty)
        }
        limits.wallTime = .seconds(1)
        try await withStore(limits) { store, _ in
            let reason5 = try await failure(of: setUp("sleep 987654\n"), in: store)
            #expect(reason5.contains("wall time"))
        }
        #expect(processes("987654").isEmpty, "nothing of a script is left")
    }

    @Test func itReachesNothingButItsOwnCopy() async throws {
        let marker = FileManager.default.temporaryDirectory.path + "/secret-\(UUID().uuidString)"
        try "host's".write(toFile: marker, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: marker) }
        try await withStore { store, _ in
            let script = """
                for attempt in 'cat \(marker)' 'mount -t tmpfs x /mnt' 'mknod /tmp/disk b 8 0 && cat /tmp/disk' \\
                    'unshare -U true' 'unshare -m true' 'chroot / true' 'kill -0 \(getpid())' 'cat /etc/shadow' \\
                    'ls /proc/sys/kernel' 'ls /sys/fs' 'hostname other' 'ls /root/.ssh' \\
                    'python3 -c "import socket; socket.create_connection((\\"127.0.0.1\\", 1))"' \\
                    'python3 -c "import socket; socket.socket(socket.AF_INET)"'
                do
                    if sh -c "$attempt" > /tmp/said 2>&1; then echo "DONE: $attempt"; fi
                done
                exit 7
                """
            let said = try await failure(of: setUp(script), in: store)
            #expect(said.contains("code 7") && !said.contains("DONE"), "\(said)")
        }
    }

    @Test func layersUsedLongestAgoMakeRoom() async throws {
        // Room for one, of at most 8 MiB.
        try await withStore(SetUpLimits(size: 8 << 20), capacity: 12 << 20) { store, directory in
            let scripts = try (1...3).map { try setUp("head -c 5000000 /dev/urandom > /usr/local/\($0)\n") }
            for (index, script) in scripts.enumerated() {
                let there = try await run("ls /usr/local | grep -x '[0-9]'", over: script, of: store).output
                #expect(there == "\(index + 1)\n")
            }
            #expect(await store.count == 1)
            #expect(leftovers(in: directory).isEmpty)
        }
    }

    private func leftovers(in directory: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.filter { $0.count != 64 && !$0.hasSuffix(".lock") }
    }

    /// The cgroups that hold the cgroups of scripts.
    private func groups() -> [String] {
        let root = "/sys/fs/cgroup"
        let hierarchies = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return ([root] + hierarchies.map { "\(root)/\($0)" }).map { "\($0)/\(Self.cgroup)-layers" }
            .filter { FileManager.default.fileExists(atPath: $0) }
    }

    private func mounts(_ part: String) -> [Substring] {
        let text = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").filter { $0.contains(part) }
    }

    /// Processes of the host with `word` in their command line.
    private func processes(_ word: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { name in
            guard Int(name) != nil, let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else {
                return false
            }
            return String(decoding: line, as: UTF8.self).split(separator: "\0").contains(Substring(word))
        }
    }
}
