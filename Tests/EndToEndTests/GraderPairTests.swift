import Foundation
import Testing

/// A grader and the student's program that it runs: two sandboxes at the same time.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible })
struct GraderPairTests {
    /// A word that no other process of this machine has in its command line.
    private static let marker = "31415\(getpid())"

    private static let tasks: [String: [String: String]] = [
        "memory": [
            "task.yaml": """
            title: Both take memory
            limits: { cpu: 5s, wall: 60s, memory: 128 MiB }
            grader: { files: grader, command: [python3, grade.py], limits: { memory: 256 MiB, wall: 60s } }
            """,
            "grader/grade.py": """
            import assay
            held = b"x" * (160 << 20)
            run = assay.run()
            assay.report(1 if run.ok else 0, feedback=run.ending, values={"memory": run.memory, "held": len(held)})
            """,
        ],
        "sleeps": [
            "task.yaml": """
            title: Sleeps
            limits: { cpu: 5s, wall: 60s }
            grader: { files: grader, command: [python3, grade.py], limits: { wall: 60s } }
            """,
            "grader/grade.py": """
            import assay, subprocess
            process = assay.start(["\(marker)"])
            process.stdout.readline()
            subprocess.Popen(["sleep", "\(marker)"])
            open("started", "w").close()
            process.stdout.read()
            """,
        ],
    ]

    @Test func areMeteredEachForItselfAndEndWhenCancelled() async throws {
        try await withScratchDirectory { directory in
            let server = try await TokenServer(directory: directory)
            try await server.put(Self.tasks, in: directory)
            try await bothAreMetered(server)
            try await cancellingLeavesNothing(server)
            #expect(await server.stop() == 0)
        }
    }

    private func bothAreMetered(_ server: TokenServer) async throws {
        let within = try await server.submit("x = b'x' * (64 << 20)", to: "memory")
        let report = try await server.ended(within)["report"]
        #expect(report["verdict"] == "accepted", "\(report)")
        let student = try #require(report["memory_bytes"].number)
        let grader = try #require(report["grader"]["memory_bytes"].number)
        #expect((Self.mebi(64)..<Self.mebi(128)).contains(student), "the student's own peak is \(student)")
        #expect((Self.mebi(160)..<Self.mebi(256)).contains(grader), "the grader's own peak is \(grader)")
        // What the grader holds is not the student's to use: its own limit ends it.
        let beyond = try await server.submit("x = b'x' * (200 << 20)", to: "memory")
        let over = try await server.ended(beyond)["report"]
        #expect(over["verdict"] == "wrong-answer", "\(over)")
        #expect(over["feedback"]["text"] == "over-memory", "\(over)")
    }

    private static func mebi(_ count: Double) -> Double { count * 1_048_576 }

    private func cancellingLeavesNothing(_ server: TokenServer) async throws {
        let id = try await server.submit(
            "import sys, subprocess\nsubprocess.Popen(['sleep', '\(Self.marker)'])\nprint('up', flush=True)\nsys.stdin.read()\n",
            to: "sleeps")
        // Both sides are at work: the student's program and its child, and the grader's child.
        try await eventually("both sides run") { Self.processes().count >= 3 }
        let asked = try await server.student("/v1/submissions/\(id)", ["-X", "DELETE"])
        #expect([200, 202].contains(asked.status), "\(asked.body)")
        #expect(try await server.ended(id)["status"] == "cancelled")
        try await eventually("nothing is left of either side") { Self.processes().isEmpty }
    }

    /// Processes of this machine with the marker as an argument.
    private static func processes() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { name in
            guard Int(name) != nil, let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else {
                return false
            }
            return String(decoding: line, as: UTF8.self).split(separator: "\0").contains(Substring(marker))
        }
    }
}
