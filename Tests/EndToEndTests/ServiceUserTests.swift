import Foundation
import Glibc
import Testing

/// `assay serve --user`: root's part is the launcher's alone.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible })
struct ServiceUserTests {
    private static let user = "nobody"

    private func field(_ name: String, of process: Int32) throws -> [Substring] {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(name + ":") })
        return line.dropFirst(name.count + 1).split(whereSeparator: \.isWhitespace)
    }

    @Test func theServiceIsAnOrdinaryUserAndGrades() async throws {
        let entry = try #require(getpwnam(Self.user))
        let id = Substring("\(entry.pointee.pw_uid)")
        try await withScratchDirectory { directory in
            chmod(directory, 0o755)
            let server = try await AssayServer(
                directory: directory, settings: ["sandbox-directory=\(directory)/run"],
                arguments: ["--user", Self.user])
            let process = server.processID
            // Real, effective, saved and for files, of every thread.
            for thread in try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task") {
                let status = try String(contentsOfFile: "/proc/\(process)/task/\(thread)/status", encoding: .utf8)
                let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("Uid:") })
                #expect(line.split(whereSeparator: \.isWhitespace).dropFirst().allSatisfy { $0 == id })
            }
            #expect(try field("Groups", of: process) == [])
            for set in ["CapPrm", "CapEff", "CapInh", "CapAmb"] {
                #expect(try field(set, of: process).allSatisfy { UInt64($0, radix: 16) == 0 }, "\(set)")
            }
            let report = try await server.grade([
                "language": "bash", "files": ["main.sh": "id -u; echo 42"],
                "tests": [["expected_stdout": "1000\n42\n"]],
            ])
            #expect(report["verdict"] == "accepted", "\(report)")
            #expect(await server.stop() == 0)
            // The listener goes with its service.
            let deadline = ContinuousClock.now + .seconds(20)
            var left = ["?"]
            while !left.isEmpty, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(20))
                left = try FileManager.default.contentsOfDirectory(atPath: directory + "/run")
            }
            #expect(left == [])
        }
    }

    @Test func rootIsNoOrdinaryUserAndOthersMustExist() async throws {
        for user in ["root", "no-such-user"] {
            try await withScratchDirectory { directory in
                let error = await #expect(throws: AssayServer.StartError.self) {
                    _ = try await AssayServer(directory: directory, arguments: ["--user", user])
                }
                #expect(error?.description.contains("--user") == true)
            }
        }
    }
}
