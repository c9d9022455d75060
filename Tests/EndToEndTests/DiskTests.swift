import Foundation
import Testing

/// The disk under the database fills up, on a real file system that is small: submissions are refused cleanly, monitoring
/// hears of it, and with room the service goes on by itself.
@Suite(.enabled("file systems are mounted by root") { AssayServer.isPossible }, .serialized)
struct DiskTests {
    private static let program: JSONValue = [
        "language": "bash", "files": ["main.sh": .string("echo hi # " + String(repeating: "x", count: 20_000))],
    ]

    private func withFileSystem(_ options: String, _ body: (String) async throws -> Void) async throws {
        try await withScratchDirectory { directory in
            let data = directory + "/data"
            try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
            let mount = try await ChildProcess.run(["mount", "-t", "tmpfs", "-o", options, "assay-test", data])
            try #require(mount.status == 0, "\(mount.errors)")
            do { try await body(directory) } catch {
                _ = try await ChildProcess.run(["umount", "--lazy", data])
                throw error
            }
            _ = try await ChildProcess.run(["umount", "--lazy", data])
        }
    }

    @Test func aFullDiskIsReportedAndRecoveredFrom() async throws {
        try await withFileSystem("size=24m") { directory in
            let server = try await AssayServer(directory: directory)
            #expect(try await server.grade(Self.program)["verdict"] == "accepted")
            let filler = directory + "/data/filler"
            _ = try await ChildProcess.run(["dd", "if=/dev/zero", "of=\(filler)", "bs=4k"])
            // What is free in the log's own file is used up first.
            var answer = try await server.send("POST", "/v1/submissions", Self.program)
            for _ in 0..<2000 where answer.status == 202 {
                answer = try await server.send("POST", "/v1/submissions", Self.program)
            }
            #expect(answer.status == 503)
            #expect(answer["type"] == "urn:assay:problem:unavailable")
            #expect(answer.headers["retry-after"] != nil)
            #expect(try await server.send("GET", "/livez").status == 200)
            var ready = try await server.send("GET", "/readyz").status
            for _ in 0..<200 where ready == 200 {
                try await Task.sleep(for: .milliseconds(50))
                ready = try await server.send("GET", "/readyz").status
            }
            #expect(ready == 503)
            let metrics = try await server.curl("/metrics").body
            #expect(metrics.contains(#"assay_submissions_refused_total{reason="unavailable"}"#))
            try FileManager.default.removeItem(atPath: filler)
            while try await server.send("GET", "/readyz").status != 200 {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(try await server.grade(Self.program)["verdict"] == "accepted")
            // Nothing that was acknowledged is lost.
            while try await server.send("GET", "/v1/submissions?status=queued&limit=1")["submissions"] != [] {
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(await server.stop() == 0)
        }
    }

    @Test func aReadOnlyDiskIsRefusedWithAReason() async throws {
        try await withFileSystem("size=24m") { directory in
            let first = try await AssayServer(directory: directory)
            #expect(await first.stop() == 0)
            let remount = try await ChildProcess.run(["mount", "-o", "remount,ro", directory + "/data"])
            try #require(remount.status == 0, "\(remount.errors)")
            let result = try await ChildProcess.run([
                Checkout.program("assay"), "serve", "--listen", "127.0.0.1:0", "--data", directory + "/data",
            ])
            #expect(result.status != 0)
            #expect((result.output + result.errors).lowercased().contains("read-only"), "\(result.errors)")
            _ = try await ChildProcess.run(["mount", "-o", "remount,rw", directory + "/data"])
            let again = try await AssayServer(directory: directory)
            #expect(try await again.grade(Self.program)["verdict"] == "accepted")
            #expect(await again.stop() == 0)
        }
    }
}
