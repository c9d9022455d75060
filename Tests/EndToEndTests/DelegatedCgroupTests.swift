import Foundation
import Glibc
import Testing

/// Without root, in a control group of version 2 that root handed over, everything is enforced.
@Suite(
    .enabled("a cgroup of version 2 with the controllers memory and pids") { DelegatedCgroup.isPossible }, .serialized)
struct DelegatedCgroupTests {
    private let user = OrdinaryUser(id: 61_235)

    @Test func everyLimitIsEnforcedWithoutRoot() async throws {
        func run(_ source: String, as name: String = "main.sh", _ arguments: [String] = []) async throws
            -> OrdinaryUser.Result
        {
            // Emulated guests are slow.
            try await within { before in
                try await user.run(source, as: name, arguments + ["--wall", "60s"], before: before)
            }
        }
        let backends = try await within { try await user.assay(["backends"], before: $0) }
        let line = try #require(backends.output.split(separator: "\n").first { $0.hasPrefix("native") })
        #expect(line.contains("cgroup v2") && !line.contains("not enforced"), "\(line)")

        let hello = try await run("echo hello\n")
        #expect(hello.status == 0 && hello.output == "hello\n", "\(hello)")
        #expect(!hello.errors.contains("limits not enforced"), "\(hello)")

        let memory = try await run(
            "x=$(head -c 200000000 /dev/zero | tr '\\0' x)\necho ${#x}\n", ["--memory", "64MiB", "--cpu", "60s"])
        #expect(memory.status == 1 && memory.errors.lowercased().contains("memory"), "\(memory)")
        #expect(!memory.output.contains("200000000"))

        // The default is 64 processes, the program itself among them.
        let processes = try await run(ForkCount.source, as: "main.py", ["--cpu", "60s"])
        #expect(processes.output == "63\n", "\(processes)")

        let time = try await run("while :; do :; done\n", ["--cpu", "1s"])
        #expect(time.status == 1 && time.errors.contains("cpu time"), "\(time)")
    }

    /// Each service has a new one, as systemd makes them: nobody can enter one that hands its controllers on.
    private func within(_ body: ([String]) async throws -> OrdinaryUser.Result) async throws -> OrdinaryUser.Result {
        let group = try DelegatedCgroup(named: "assay-delegated-\(getpid())", user: user.id)
        defer { group.remove() }
        let result = try await body(group.entering)
        #expect(user.processes == [])
        #expect(group.leftovers == [], "the launcher removes its control groups")
        return result
    }
}

/// A control group that belongs to an ordinary user.
struct DelegatedCgroup: Sendable {
    private static let root = "/sys/fs/cgroup"
    private let path: String

    static var isPossible: Bool {
        guard geteuid() == 0 else { return false }
        let controllers = (try? String(contentsOfFile: root + "/cgroup.controllers", encoding: .utf8)) ?? ""
        return Set(controllers.split(whereSeparator: \.isWhitespace)).isSuperset(of: ["memory", "pids"])
    }

    init(named name: String, user: UInt32) throws {
        path = Self.root + "/" + name
        for controller in ["+memory", "+pids", "+cpuset"] {
            try? Self.write(controller, to: Self.root + "/cgroup.subtree_control")
        }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        for file in ["", "/cgroup.procs", "/cgroup.threads", "/cgroup.subtree_control"] {
            guard chown(path + file, user, user) == 0 else { throw POSIXError(.EPERM) }
        }
    }

    /// What comes before a command so that it runs in it.
    var entering: [String] { ["sh", "-ec", "echo $$ > \(path)/cgroup.procs; exec \"$@\"", "sh"] }

    /// Control groups in it, but for the one that the service was moved to.
    var leftovers: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter { name in
            var isDirectory: ObjCBool = false
            return FileManager.default.fileExists(atPath: path + "/" + name, isDirectory: &isDirectory)
                && isDirectory.boolValue && name != "assay-service"
        }
    }

    func remove() {
        rmdir(path + "/assay-service")
        rmdir(path)
    }

    private static func write(_ text: String, to path: String) throws {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }
}
